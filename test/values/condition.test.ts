import fc from 'fast-check';
import { acceptsAny } from '../../src/routing/match';
import type { Request } from '../../src/routing/request';
import {
  always,
  authority,
  baggage,
  type Condition,
  cookie,
  header,
  ignoringCase,
  method,
  path,
  query,
  tracestate,
} from '../../src/values/condition';

const RUNS = Number(process.env.FC_RUNS ?? 1000);

const request = (r: Partial<Request> = {}): Request => ({
  path: '/',
  method: 'GET',
  scheme: 'http',
  authority: 'a.example',
  port: 80,
  headers: {},
  query: {},
  source: { labels: {}, namespace: 'shop' },
  ...r,
});
const meets = (c: Condition, r: Partial<Request> = {}) => acceptsAny(c.matches, request(r));
const sends = (c: Condition, name: string, ...lines: string[]) => meets(c, { headers: { [name]: lines } });

describe('a header', () => {
  test('its name is in any case, its value is compared as sent, line by line', () => {
    expect(sends(header('X-User').is('a'), 'x-user', 'b', 'a')).toBe(true);
    expect(sends(header('X-User').is('a'), 'x-user', 'A')).toBe(false);
    expect(sends(header('x').isNot('a'), 'x', 'b')).toBe(true);
    expect(sends(header('x').isNot('a'), 'x', 'b', 'a')).toBe(false);
    expect(meets(header('x').isNot('a'))).toBe(true);
  });

  // asked of istiod's code and Envoy: `exact: ""` takes a header that is there and empty, and no missing one
  test('an empty value is a header that is there, and empty', () => {
    expect(header('x').is('').matches).toEqual([{ headers: { x: { all: [{ exact: '' }], none: [] } } }]);
    expect([sends(header('x').is(''), 'x', ''), sends(header('x').is(''), 'x', 'a'), meets(header('x').is(''))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('present, absent and what has to have a value', () => {
    const some = header('x').matches('.+');
    expect([meets(header('x').present()), sends(header('x').present(), 'x', '')]).toEqual([false, true]);
    expect([meets(header('x').absent()), sends(header('x').absent(), 'x', '')]).toEqual([true, false]);
    expect([meets(some), sends(some, 'x', ''), sends(some, 'x', 'a')]).toEqual([false, false, true]);
  });

  test('an exact value is met by itself alone, whatever it is', () => {
    const value = fc.string({ unit: 'grapheme-ascii' }).map((s) => s.trim());
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(sends(header('x').is(a), 'x', a)).toBe(true);
        expect(sends(header('x').is(a), 'x', b)).toBe(a === b);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a cookie', () => {
  const name = fc.constantFrom('id', 'sid', 'i', 'id.x');
  const value = fc.string({ unit: fc.constantFrom(...'a1=.*+?()[]{}|^$/'), maxLength: 4 });
  const pairs = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 4 });

  test('is found as a browser sends it, and no part of another', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom('; ', ';'), name, value, (sent, between, n, v) => {
        const line = sent.map(([k, x]) => `${k}=${x}`).join(between);
        expect(sends(cookie(n).is(v), 'cookie', line)).toBe(sent.some(([k, x]) => k === n && x === v));
        expect(sends(cookie(n).present(), 'cookie', line)).toBe(sent.some(([k]) => k === n));
        const [mine] = sent;
        expect(sends(cookie(mine![0]).is(mine![1]), 'cookie', line)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test('every character that RFC 6265 allows is taken, and every other refused', () => {
    for (let code = 0; code < 256; code++) {
      const c = String.fromCharCode(code);
      const allowed = code > 0x20 && code < 0x7f && !'",;\\'.includes(c);
      if (allowed) expect(sends(cookie('id').is(`a${c}`), 'cookie', `x=1; id=a${c}; y=2`)).toBe(true);
      else expect(() => cookie('id').is(`a${c}`)).toThrow('a cookie cannot hold');
    }
    expect(sends(cookie('id').is('"a"'), 'cookie', 'id="a"')).toBe(true);
  });
});

describe('a key of a list', () => {
  const value = fc.string({ unit: fc.constantFrom(...'a1,;= /%é\\*'), maxLength: 4 });

  test('baggage: the value is what the sender meant before it was encoded', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('env', 'xenv', 'en'), value), { minLength: 1, maxLength: 3 }),
        value,
        (sent, v) => {
          const line = sent.map(([k, x]) => `${k} = ${encodeURIComponent(x)};env=p`).join(' , ');
          expect(sends(baggage('env').is(v), 'baggage', line)).toBe(sent.some(([k, x]) => k === 'env' && x === v));
          expect(sends(baggage('env').present(), 'baggage', line)).toBe(sent.some(([k]) => k === 'env'));
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('tracestate: the value is compared as it stands, since there is no encoding', () => {
    expect(sends(tracestate('t@vendor').is('a/b:c'), 'tracestate', 'x=1,t@vendor=a/b:c')).toBe(true);
    expect(sends(tracestate('env').is('dev1'), 'tracestate', 'env=dev10')).toBe(false);
    expect(sends(tracestate('env').is('dev1'), 'tracestate', 'xenv=dev1')).toBe(false);
  });
});

describe('a path', () => {
  const paths = fc.array(fc.constantFrom('', 'api', 'apix', 'a.b'), { maxLength: 3 }).map((s) => `/${s.join('/')}`);

  test('a prefix goes by segment, startsWith by text, exact by all of it', () => {
    fc.assert(
      fc.property(paths, paths, (given, p) => {
        const whole = given.replace(/\/+$/, '');
        expect(meets(path.prefix(given), { path: p })).toBe(whole === '' || p === whole || p.startsWith(`${whole}/`));
        expect(meets(path.startsWith(given), { path: p })).toBe(p.startsWith(given));
        expect(meets(path.exact(given), { path: p })).toBe(p === given);
      }),
      { numRuns: RUNS },
    );
  });

  test('in any case, where that is said', () => {
    const any = ignoringCase(path.prefix('/Api'));
    expect([meets(any, { path: '/API/x' }), meets(any, { path: '/apix' }), meets(path.prefix('/Api'), { path: '/api' })]).toEqual(
      [true, false, false],
    );
    expect(() => ignoringCase(path.matches('/a'))).toThrow('in a regex write (?i)');
    expect(() => ignoringCase(always)).toThrow('ignoringCase is for path.exact');
  });

  test.each([undefined, 7, '', 'api', '*'])('%j is refused', (p) =>
    expect(() => path.exact(p as never)).toThrow(/^path ".*" does not begin with "\/"$/),
  );
});

describe('a query parameter', () => {
  test('an empty value is ?debug and ?debug=', () => {
    expect([meets(query('debug').is(''), { query: { debug: '' } }), meets(query('debug').is(''))]).toEqual([true, false]);
  });

  test('every name and value that can be sent raw is taken', () => {
    const raw = fc.string({ unit: 'grapheme-ascii', minLength: 1 }).filter((s) => !/[\s&=#]/.test(s));
    fc.assert(
      fc.property(raw, raw, (name, value) => {
        expect(meets(query(name).is(value), { query: { [name]: value } })).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('conditions together', () => {
  const some = fc.constantFrom(
    always,
    path.prefix('/api'),
    path.exact('/api'),
    method('GET', 'HEAD'),
    header('x').is('1'),
    header('x').present(),
    header('x').absent(),
    header('y').isNot('1'),
    query('q').is('1'),
    authority.is('a.example'),
    cookie('id').is('1'),
  );
  const requests = fc.record({
    path: fc.constantFrom('/', '/api', '/api/x'),
    method: fc.constantFrom('GET', 'HEAD', 'POST'),
    headers: fc.constantFrom<Record<string, string[]>>({}, { x: ['1'] }, { x: ['2', '1'] }, { y: ['1'] }, { cookie: ['id=1'] }),
    query: fc.constantFrom<Record<string, string>>({}, { q: '1' }),
  });

  test('and is both, or is either', () => {
    fc.assert(
      fc.property(some, some, requests, (a, b, r) => {
        expect(meets(a.or(b), r)).toBe(meets(a, r) || meets(b, r));
        let both: Condition | undefined;
        try {
          both = a.and(b);
        } catch (e) {
          expect((e as Error).message).toContain('no request can meet');
        }
        expect(both !== undefined && meets(both, r)).toBe(meets(a, r) && meets(b, r));
      }),
      { numRuns: RUNS },
    );
  });

  test('they are told in words', () => {
    expect(`${path.prefix('/api').and(header('user').is('alice'))}`).toBe(
      'path /api, header user is "alice" or path /api/*, header user is "alice"',
    );
    expect(`${always}`).toBe('always');
  });

  test('what no request meets is refused, in words', () => {
    expect(() => header('x').is('1').and(header('x').absent())).toThrow(
      'no request can meet header x is "1" and header x is absent at once: say .or(…) if either is meant, or leave one of them out',
    );
    expect(() => query('q').matches('a+').and(query('q').startsWith('b'))).toThrow(
      'the query parameter "q" cannot meet two conditions at once: that it matches a+, and that it starts with "b"; Istio has no way to write both',
    );
  });
});
