/** What a scalar without quotes may be besides text. */
export interface Scalar {
  readonly tag: string;
  readonly test: RegExp;
  value(text: string): unknown;
}

/** As Go's reader takes it for a number: `e1` and `.` are text. Source: go.yaml.in/yaml/v2, resolve.go. */
export const NUMBER: Scalar = {
  tag: 'tag:yaml.org,2002:float',
  test: /^[-+]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d[\d_]*)?)$|^[-+]?\.\d+(?:[eE][-+]?\d+)?$/,
  value(text) {
    const plain = text.replace(/_/g, '').toLowerCase();
    const [, sign, digits] = /^([-+]?)(.*)$/.exec(plain)!;
    const octal = /^0[0-7]+$/.test(digits!) ? `0o${digits!.slice(1)}` : digits!;
    const value = Number(octal);
    return sign === '-' ? -value : value;
  },
};

/** YAML 1.1, as Kubernetes reads it. */
export const SCALARS: readonly Scalar[] = [
  { tag: 'tag:yaml.org,2002:null', test: /^(?:~|[Nn]ull|NULL)?$/, value: () => null },
  { tag: 'tag:yaml.org,2002:bool', test: /^(?:Y|y|[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/, value: () => true },
  { tag: 'tag:yaml.org,2002:bool', test: /^(?:N|n|[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/, value: () => false },
  {
    tag: 'tag:yaml.org,2002:float',
    test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/,
    value: (text) =>
      /nan$/i.test(text) ? Number.NaN : text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
  },
  NUMBER,
];
