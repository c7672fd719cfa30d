import { DEFAULT_SCHEMA, dump, Type } from 'js-yaml';

// Readers of YAML 1.1 take these for numbers in base 60, or for a key of their own; the writer quotes what it sees as special.
const SPECIAL =
  /^(?:[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|=|[-+]?[0-9_.]+(?:[eE][-+]?[0-9]+)?|[-+]?[eE][-+]?[0-9]+|[-+]?0[xbo][0-9a-fA-F_]*|[-+]?\.(?:inf|nan))$/i;
const yaml11 = new Type('tag:yaml.org,2002:mesh-yaml-1.1', {
  kind: 'scalar',
  resolve: (s: unknown) => typeof s === 'string' && SPECIAL.test(s),
});
const schema = DEFAULT_SCHEMA.extend({ implicit: [yaml11] });

/** Objects as a YAML stream that readers of YAML 1.1 and 1.2 understand alike. */
export const toYaml = (objects: readonly unknown[]): string =>
  objects.map((o) => dump(o, { schema, lineWidth: -1, noRefs: true })).join('---\n');
