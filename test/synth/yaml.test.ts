import { Yaml } from 'cdk8s';
import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml } from '../../src/synth/yaml';

const TRICKY =
  'yes No on OFF y n ~ null Null 1e3 0x1f 0o17 017 12:30:00 1:20 1_000 .5 5. -.inf .NaN = << 2026-11-21 2026-11-21T10:00:00Z 0b11 +1 ' +
  '# # - ? : -- --- ... a: a- a. a/ a:b *a &a !a %a @a `a {a} [a] " \' é \u2028 0.10 1.10 true TRUE a, a,b a#b e5 _ __proto__ example/a:1 a.b.svc.cluster.local';
const tricky = fc.constantFrom(
  ...TRICKY.split(' '),
  '',
  ' ',
  '- a',
  'a: b',
  'a #b',
  '# a',
  'a\nb',
  'a\n',
  '\na',
  '\ta',
  'a ',
  'a\n---\nb',
);
const text = fc.oneof(tricky, fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^[-+0-9a-fxo_:.eE]{1,8}$/));
const { node } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(
      text.filter((k) => k !== '__proto__'),
      tie('node'),
      { maxKeys: 4 },
    ),
  ),
}));

// cdk8s leaves these unquoted: "0o17" is 15 to readers of YAML 1.2, and "<<" merges
const misread = (o: unknown) => /"(?:[-+]?0o[0-7]+|<<)"/.test(JSON.stringify(o));

test('the bytes are those of cdk8s', () => {
  fc.assert(
    fc.property(fc.array(node, { minLength: 1, maxLength: 3 }), (objects) => {
      fc.pre(!misread(objects));
      expect(toYaml(objects)).toBe(Yaml.stringify(...objects));
    }),
    { numRuns: 1000 },
  );
});

test('every text is the same text to readers of YAML 1.1 and 1.2', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        text.filter((k) => k !== '__proto__' && k !== '<<'),
        fc.oneof(text, fc.array(text), fc.integer(), fc.boolean()),
      ),
      (o) => {
        for (const version of ['1.1', '1.2'] as const) expect(parse(toYaml([o]), { version })).toEqual(o);
      },
    ),
    { numRuns: 700 },
  );
});
