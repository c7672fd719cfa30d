import * as m from '../../../src';
import { refuses, web } from './support';

const { header, path } = m;

refuses(
  [
    [
      'a regex that RE2 refuses',
      () => header('x').matches('(?=a)'),
      /regex "\(\?=a\)" is not valid RE2: .*; RE2 looks neither ahead nor behind/,
    ],
    [
      'what a header must not be, in a regex',
      () => header('x').matches('(?!internal).*'),
      /is not valid RE2: .*; RE2 cannot say what must not be there: say it with header\("x"\)\.doesNotMatch\(…\)/,
    ],
    [
      'what a path must not be, in a regex',
      () => path.matches('/(?!admin).*'),
      /is not valid RE2: .*; RE2 cannot say what must not be there: give what is left out a narrower rule of its own/,
    ],
    [
      'a condition and text',
      () =>
        header('x')
          .is('y')
          .and('z' as never),
      /what and\(…\) takes is "z": it has to be a condition/,
    ],
    [
      'text or a condition',
      () =>
        header('x')
          .is('y')
          .or(undefined as never),
      /what or\(…\) takes is missing: it has to be a condition/,
    ],
    ['the case of text', () => m.ignoringCase('/a' as never), /what ignoringCase\(…\) takes is "\/a"/],
    [
      'a RegExp for its text',
      () => header('x').matches(/abc/i as never),
      /a regex is the RegExp \/abc\/i: it has to be text, in RE2's syntax; .* flags in front, such as \(\?i\)/,
    ],
    ['a method that is none', () => m.method({} as never), /an empty object is not an HTTP method/],
    ['an empty regex', () => header('x').matches(''), /a regex is empty/],
    ['an overlong regex', () => header('x').matches('a'.repeat(1025)), /has 1025 characters: Istio takes 1024/],
    ['a bad header name', () => header('x y'), /"x y" is not a header name/],
    ['a path without slash', () => path.exact('api'), /path "api" does not begin with "\/"/],
    ['a path with a query', () => path.prefix('/a?b=1'), /path "\/a\?b=1" has a query/],
    [
      'a path with a letter that clients encode',
      () => path.exact('/foé'),
      /the path is "\/foé", with "é": Envoy compares it as it is sent, so write "%C3%A9" there/,
    ],
    ['a path with a space', () => path.startsWith('/a b'), /the path is "\/a b", with " ".*write "%20" there/],
    ['half a character in a path', () => path.prefix('/\ud800'), /the path is .*write "%EF%BF%BD" there/],
    [
      'a letter that clients encode in a query',
      () => m.query('a').is('é'),
      /value of query parameter "a" is "é".*write "%C3%A9"/,
    ],
    ['an empty header prefix', () => header('x').startsWith(''), /prefix of header "x" is empty/],
    ['an unknown method', () => m.method('FETCH' as any), /"FETCH" is not an HTTP method: use GET/],
    [
      'conditions that contradict each other',
      () => path.exact('/a').and(path.exact('/b')),
      /no request can meet path \/a and path \/b at once: say \.or/,
    ],
    [
      'alternatives that contradict each other',
      () => path.prefix('/a').and(header('x').is('1').and(path.exact('/b'))),
      /no request can meet \(path \/a or path \/a\/\*\) and path \/b, header x is "1" at once/,
    ],
    [
      'conditions that Istio cannot write',
      () => path.startsWith('/a').and(path.matches('/a.*z')),
      /the path cannot meet two conditions at once: that it starts with "\/a", and that it matches \/a\.\*z; Istio has no way to write both/,
    ],
    ['no method at all', () => m.method(), /method\(\) names no method/],
    ['no header name', () => header(undefined as never), /"undefined" is not a header name: only letters, digits and/],
    ['no header value', () => header('x').is(undefined as never), /value of header "x" is missing: it has to be text/],
    ['a number as header value', () => header('x').is(7 as never), /value of header "x" is 7: it has to be text/],
    [
      'a line break in a header',
      () => header('x').is('a\nb'),
      /value of header "x" is "a\\nb": a header cannot hold line breaks/,
    ],
    ['spaces around a value', () => header('x').is(' a'), /value of header "x" is " a": HTTP drops spaces around a value/],
    ['a header that is not empty', () => header('x').isNot(''), /also takes a missing header for: say matches\('\.\+'\)/],
    ['no regex', () => header('x').matches(undefined as never), /a regex is missing: it has to be text/],
    ['no header prefix', () => header('x').startsWith(undefined as never), /prefix of header "x" is missing/],
    ['a bad cookie name', () => m.cookie('a;b'), /"a;b" is not a cookie name/],
    ['no cookie value', () => m.cookie('a').is(undefined as never), /value of cookie "a" is missing/],
    [
      'two cookies in one',
      () => m.cookie('a').is('1; b=2'),
      /is "1; b=2": a cookie cannot hold ";".*\(such as "%3B"\), or use header/,
    ],
    ['a space in a cookie', () => m.cookie('a').is('1 2'), /a cookie cannot hold " ".*%20/],
    ['a comma in a cookie', () => m.cookie('a').is('1,2'), /a cookie cannot hold ",".*%2C/],
    ['a quote in a cookie', () => m.cookie('a').is('1"2'), /a cookie cannot hold "\\""/],
    ['another alphabet in a cookie', () => m.cookie('a').is('ä'), /a cookie cannot hold "ä".*%C3%A4/],
    ['no baggage key', () => m.baggage(undefined as never), /"undefined" is not a key of baggage: only letters, digits and/],
    ['an empty baggage key', () => m.baggage(''), /"" is not a key of baggage/],
    ['no baggage value', () => m.baggage('k').is(undefined as never), /value of baggage key "k" is missing/],
    ['no tracestate key', () => m.tracestate(undefined as never), /"undefined" is not a key of tracestate/],
    ['capitals in a tracestate key', () => m.tracestate('Env'), /"Env" is not a key of tracestate: only lower-case letters/],
    ['a comma in tracestate', () => m.tracestate('k').is('a,b'), /value of tracestate key "k" is "a,b": tracestate takes/],
    ['an empty query name', () => m.query(''), /name of the query parameter is empty/],
    ['no query name', () => m.query(undefined as never), /name of the query parameter is missing/],
    ['a whole query', () => m.query('a=1'), /name of the query parameter is "a=1", with "=": .* write "%3D" there/],
    ['no query value', () => m.query('a').is(undefined as never), /value of query parameter "a" is missing/],
    ['a space in a query', () => m.query('a').is('x y'), /value of query parameter "a" is "x y", with " ".*write "%20" there/],
    ['no authority', () => m.authority.is(''), /the authority is empty/],
    ['every authority', () => m.authority.startsWith(''), /it would mean every request; leave the condition out/],
  ],
  'value',
);

refuses([
  [
    'an overlay that cannot be cut',
    (c) => {
      const s = web(c);
      s.routeTo('v2', path.matches('/a.*z'), 'odd');
      new m.FaultInjection(c, 'F', { service: s, when: path.startsWith('/a'), abort: { status: 500 }, over: 'everything' });
    },
    /\[chart\/Web\] "odd" \(chart\/Web.*\) and "f" \(chart\/F.*\) meet: the path cannot meet/,
  ],
]);
