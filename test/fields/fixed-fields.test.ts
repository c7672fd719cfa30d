import { fixedFields } from '../../src/fields/fixed-fields';
import { quantity } from '../../src/fields/server-defaults';
import { manifestOf } from '../../src/manifests/manifest';
import { FIXED_ROWS } from './fixed-rows';

const of = (object: object, name = 'a') =>
  manifestOf({ metadata: { name, namespace: 'shop' }, ...object } as any, () => ({ file: 'test', line: 0, column: 0 }));

test.each(FIXED_ROWS.map((r) => [`${r.before.kind}: ${r.what}`, r] as const))('%s', (_, { before, after, fields }) => {
  expect(fixedFields([of(before)], [of(after)]).flatMap((f) => f.fields)).toEqual(fields);
  expect(fixedFields([of(before)], [of(before)])).toEqual([]);
  // another object is made, whatever it says
  expect(fixedFields([of(before)], [of(after, 'b')])).toEqual([]);
});

test.each<[unknown, unknown]>([
  ['1Gi', 2 ** 30],
  ['500m', 0.5],
  ['1e3', 1000],
  ['1E', 1e18],
  [2, 2],
  ['much', 'much'],
])('%s is %s', (text, value) => expect(quantity(text)).toBe(value));
