import { SCHEMAS } from '../../imports/schemas';
import { celRule } from '../../src/schema/cel';
import { schemeOf } from '../../src/schema/request-uri';

const rules = [
  ...new Set(
    Object.values(SCHEMAS).flatMap(({ load }) => load().LATER.flatMap((later) => ('rule' in later ? [later.rule] : []))),
  ),
];

test.each(rules)('the rule is one that can be worked out: %s', (rule) => {
  expect([true, false]).toContain(celRule(rule)({}));
});

/** As `url.ParseRequestURI` of Go has it; undefined: no URL to it. */
test.each<[text: string, scheme: string | undefined]>([
  ['http://a.test/x?y#z', 'http'],
  ['HTTPS://a', 'https'],
  ['oci://a/b:1', 'oci'],
  ['mailto:x', 'mailto'],
  ['ghcr.io:b', 'ghcr.io'],
  ['/a', ''],
  ['*', ''],
  ['//a:x/b', ''],
  ['http://u:p@a/', 'http'],
  ['http://[::1]:80/', 'http'],
  ['postgres://a:80:80', 'postgres'],
  ['http://a/%7e', 'http'],
  ['', undefined],
  ['a', undefined],
  ['a/b', undefined],
  ['://a', undefined],
  ['1a://b', undefined],
  ['http://a b', undefined],
  ['http://a:x', undefined],
  ['http://a:80:80', undefined],
  ['http://[::1', undefined],
  ['http://a%zz', undefined],
  ['http://a/%zz', undefined],
  ['http://u%zz@a/', undefined],
  ['http://a\n', undefined],
])('the scheme of %j is %j', (text, scheme) => {
  expect(schemeOf(text)).toBe(scheme);
});

test('text that is asked again has the same answer', () => {
  const rule = celRule("duration(self) >= duration('1ms')");
  expect(['1s', '1d', '1s', '1d'].map(rule)).toEqual([true, false, true, false]);
});
