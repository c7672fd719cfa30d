import { wrongCel } from '../../src/validation/cel';
import { filters, values } from './rows/envoy-filter';
import { rows } from './support';

describe('EnvoyFilters', () => rows(filters));
describe('what a patch puts in', () => rows(values));

test.each([
  'has(request.headers.x) && response.code >= 400',
  'a.b[1].c("x", 2) ? -1 : !b',
  '[1, 2u, 2.5e3,].exists(x, x in {"a": 1,})',
  'a.B{c: 1}.`d-e`',
  "r\"\\d\" + '''a\nb''' // c",
])('%s is CEL', (text) => expect(wrongCel(text)).toBeUndefined());

test.each([
  ['', 1],
  ['a ==', 5],
  ['a = b', 3],
  ['has(a)', 4],
  ['x.all(a.b, c)', 6],
  ['a b', 3],
  ['(a', 3],
  ['if', 1],
  ['!-a', 2],
  ['"\\q"', 1],
  ['9223372036854775808', 1],
  ['a ? b', 6],
])('%s is no CEL', (text, at) => expect(wrongCel(text)).toContain(`at character ${at},`));
