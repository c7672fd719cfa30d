import { SHAPES } from '../../../imports/shapes';
import type { Dice } from '../trace/dice';

/** Text that some rule of a CRD, or some type, has a view on. */
const TEXTS = [
  ...[
    'a',
    'a',
    'v1',
    'http',
    '',
    '*',
    '*',
    '*',
    'a*',
    '*.a.test',
    'a.b.test',
    'Aa_b',
    '-a',
    'é',
    'true',
    '80',
    '0',
    '70000',
    '8080x',
  ],
  ...['1s', '1ms', '0s', '0.1ms', '999us', '-1s', '1d', '1h30m', '1.5h', '.5s', '1', '1e3s', '1 s', '1m1', '300000h', '1µs'],
  ...['unix:///a', 'unix://@a', 'unix://a', 'unix:///a/', 'unix://a', 'unix:///a/', 'unix://', '1.2.3.4', '1.2.3.0/24', '::1'],
  ...[
    'http://a.test/x',
    'https://a',
    'HTTP://a',
    'oci://a/b:1',
    'ghcr.io/a/b:1',
    'ftp://a',
    '://',
    'http://[::1',
    'http://[::1]:80',
  ],
  ...[
    'http://a:80:80',
    'http://a:x',
    'mailto:x',
    '/a',
    '%zz',
    'http://a%zz',
    'http://a/%zz',
    'http://a b',
    'a b',
    'http://u:p@a/?%zz#x',
  ],
  ...['HTTP', 'HTTPS', 'STATIC', 'DNS', 'UPSERT', 'YWJj', 'no base64!', 'YQ=', 'a'.repeat(64), 'f'.repeat(64), 'a'.repeat(300)],
  ...['gateway.networking.k8s.io', 'Gateway', 'Service', 'x_y', 'a\nb'],
];
const NUMBERS = [0, 1, 2, 80, 100, 101, 443, 599, 1000, 65535, 65536, -1, 1.5, 3e9, 2 ** 31, 2 ** 53, 1e20];
const KEYS = ['a', 'app', '', '*', 'a*', '80', '0', '65536', 'x', 'a.b/c', 'A-b', '-a', 'a'.repeat(63)];
/** Values that have no place in most fields. */
const STRANGE: readonly unknown[] = [
  null,
  0,
  1,
  1.5,
  true,
  false,
  '',
  'x',
  [],
  {},
  [null],
  [{}],
  ['x'],
  [1],
  { a: 1 },
  { a: null },
];

export const strange = (dice: Dice): unknown => structuredClone(dice.pick(STRANGE));
export const key = (dice: Dice): string => dice.pick(KEYS);

/** A value of the right type for a row of `SHAPES`, right or wrong in every other way. */
export function valueFor(row: number, dice: Dice, depth = 0): unknown {
  const shape = SHAPES[row]!;
  switch (shape) {
    case 'text':
      return dice.pick(TEXTS);
    case 'int':
    case 'number':
      return dice.pick(NUMBERS);
    case 'flag':
      return dice.chance(0.5);
    case 'quantity':
      return dice.pick<unknown>(['1', '500m', '1Gi', 1, 0.5, 1048576, 'x', '', -1]);
    case 'int or text':
      return dice.pick<unknown>([80, 'http', '']);
    case 'any':
      return strange(dice);
  }
  if ('words' in shape) return dice.chance(0.05) ? 'NOPE' : dice.pick(shape.words);
  if ('list' in shape) return dice.many(dice.chance(0.1) ? 0 : 1, 2, () => valueFor(shape.list, dice, depth + 1));
  if ('map' in shape) return Object.fromEntries(dice.many(0, 2, () => [key(dice), valueFor(shape.map, dice, depth + 1)]));
  const names = dice.some(Object.keys(shape.fields), dice.int(depth > 4 ? 0 : 1, depth > 2 ? 2 : 4));
  return Object.fromEntries(names.map((name) => [name, valueFor(shape.fields[name]!, dice, depth + 1)]));
}
