import type { ScalarTag } from 'yaml';

/** Types of YAML 1.1 that Kubernetes' reader does not know: it leaves times, base 60 and binary as text. */
const FOREIGN = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
]);
const NUMBERS = new Set(['tag:yaml.org,2002:int', 'tag:yaml.org,2002:float']);

/** A number, as Go's reader takes a scalar without quotes for one: `e1` and `.` are text. Source: go.yaml.in/yaml/v2, resolve.go. */
const NUMBER: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d[\d_]*)?)$|^[-+]?\.\d+(?:[eE][-+]?\d+)?$/,
  resolve(text) {
    const plain = text.replace(/_/g, '').toLowerCase();
    const [, sign, digits] = /^([-+]?)(.*)$/.exec(plain)!;
    const octal = /^0[0-7]+$/.test(digits!) ? `0o${digits!.slice(1)}` : digits!;
    const value = Number(octal);
    return sign === '-' ? -value : value;
  },
};

/** YAML as Kubernetes reads it: version 1.1, and keys once. */
export const OPTIONS = {
  version: '1.1',
  customTags: (tags: readonly any[]) => [
    ...tags.filter((t) => typeof t !== 'object' || !(FOREIGN.has(t.tag) || (NUMBERS.has(t.tag) && !t.test?.test('.inf')))),
    NUMBER,
  ],
  prettyErrors: false,
  uniqueKeys: true,
  logLevel: 'silent',
} as const;
