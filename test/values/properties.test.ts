import { checkProperties, oneOf, type Properties } from '../../src/values/properties';

interface Sample {
  readonly name: string;
  readonly replicas?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly secure?: boolean;
  readonly hosts?: readonly string[];
}
const SAMPLE: Properties<Sample> = { name: 'text', replicas: 'number?', labels: 'map?', secure: 'boolean?', hosts: 'list?' };

const errorOf = (given: unknown) => {
  try {
    checkProperties(given as Sample, SAMPLE, '"chart/X"');
  } catch (e) {
    return (e as Error).message;
  }
  return '(no error)';
};

test.each([
  ['all of them', { name: 'a', replicas: 1, labels: {}, secure: true, hosts: [] }, '(no error)'],
  ['left out, or undefined', { name: 'a', replicas: undefined }, '(no error)'],
  ['a misspelt one', { name: 'a', replica: 1 }, '"chart/X" has no property "replica" (did you mean "replicas"?)'],
  [
    'an unknown one',
    { name: 'a', colour: 1 },
    '"chart/X" has no property "colour": it takes name, replicas, labels, secure, hosts',
  ],
  ['a missing one', {}, '"chart/X" lacks its property "name"'],
  ['null', { name: 'a', hosts: null }, 'property "hosts" of "chart/X" is null: it has to be a list'],
  ['text for a number', { name: 'a', replicas: '2' }, 'property "replicas" of "chart/X" is "2": it has to be a number'],
  ['text for a boolean', { name: 'a', secure: 'yes' }, 'property "secure" of "chart/X" is "yes": it has to be true or false'],
  ['a list for an object', { name: 'a', labels: [] }, 'property "labels" of "chart/X" is a list of 0: it has to be an object'],
  ['no object at all', 'web', '"chart/X" has "web" for its properties: they have to be an object'],
  ['nothing', undefined, '"chart/X" has undefined for its properties: they have to be an object'],
])('%s', (_what, given, says) => expect(errorOf(given)).toBe(says));

test('a list of properties is complete, or does not compile', () => {
  // @ts-expect-error hosts is missing
  const lacking: Properties<Sample> = { name: 'text', replicas: 'number?', labels: 'map?', secure: 'boolean?' };
  // @ts-expect-error name may not be left out
  const optional: Properties<Sample> = { ...SAMPLE, name: 'text?' };
  expect([lacking, optional]).toHaveLength(2);
});

test('one of several words', () => {
  const modes = ['STRICT', 'PERMISSIVE'] as const;
  expect(oneOf('STRICT', modes, 'mtls')).toBe('STRICT');
  expect(() => oneOf('strict' as 'STRICT', modes, 'mtls')).toThrow(
    'mtls is "strict": it has to be one of "STRICT", "PERMISSIVE" (did you mean "STRICT"?)',
  );
});
