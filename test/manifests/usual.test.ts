import fc from 'fast-check';
import { load } from 'js-yaml';
import { usualValue } from '../../src/manifests/usual';

// Readers are given that know text alone, so that it is the structure that is compared.

const read = { plain: (text: string) => text, loaded: () => 'loaded' };
const ofUsual = (text: string) => usualValue(text, read);

/** What a reader of all of YAML makes of it; an error is none. */
function ofAll(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: load(text) };
  } catch {
    return undefined;
  }
}

const line = fc
  .tuple(
    fc.constantFrom(0, 0, 1, 2, 2, 3, 4, 6),
    fc.constantFrom('', '', '', '- ', '-   ', '- - ', '- -  - '),
    fc.constantFrom(
      'a:',
      'b:',
      'c:',
      '"d e":',
      'a: x',
      'b: y z',
      "c: 'it''s'",
      'x',
      '"q"',
      '# no',
      '',
      'd: x # c',
      'e: "#"',
      '---',
    ),
  )
  .map(([indent, dashes, rest]) => `${' '.repeat(indent)}${dashes}${rest}`);

test('lines that are put together anyhow mean what they mean to others, or are left to them', () => {
  const count = { read: 0, left: 0, wrong: 0 };
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 7 }), (lines) => {
      const text = lines.join('\n');
      const usual = ofUsual(text);
      const all = ofAll(text);
      if (!all) count.wrong++;
      if (typeof usual === 'string') {
        count.left++;
        return;
      }
      count.read++;
      // nothing, and null, are the same to Kubernetes
      expect({ text, value: usual.value ?? null }).toEqual({ text, value: all && (all.value ?? null) });
    }),
    { numRuns: 20_000 },
  );
  // all of it is there, so the property means something
  for (const n of Object.values(count)) expect(n).toBeGreaterThan(2000);
});

test('what is written by indentation is read, whichever way lists stand', () => {
  expect(ofUsual('a:\n- b: x\n  c:\n  - - y\n    - z\n  d:\n    - e\nf:\n')).toEqual({
    value: { a: [{ b: 'x', c: [['y', 'z']], d: ['e'] }], f: null },
  });
});

test.each([
  ['a field twice', 'a: x\nb: y\na: z'],
  ['a field that would be what all objects have', '__proto__: x'],
  ['a line that belongs to none before', 'a:\n    b: x\n  c: y'],
  ['a second document', 'a: x\n---\nb: y'],
  ['fields below a value', 'a: x\n  b: y'],
])('%s is left to others', (_, text) => expect(ofUsual(text)).toBe('unsure'));

test.each(['a: |\n  x', 'a: &b x', 'a: x\n  y', '? a', 'a: !!str x', '- a\n-'])('%s is rare', (text) =>
  expect(ofUsual(text)).toBe('rare'),
);
