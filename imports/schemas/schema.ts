/** A fault that the validator of a kind tells, as ajv writes it. */
export interface Fault {
  /** JSON pointer from `spec`. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, any>>;
}

/** What is asked of a value that has the right types: a CEL rule of the CRD, or that no two items have the same keys. */
export type Later = { readonly rule: string; readonly message: string } | { readonly keys: readonly string[] };

/** The schema of the `spec` of one kind, compiled. */
export interface KindSchema {
  /** False with `errors`; a fault with the keyword `later` is none, but says which of `LATER` are to be asked there. */
  readonly validate: { (spec: unknown): boolean; errors?: readonly Fault[] | null };
  readonly LATER: readonly Later[];
}

/** Length of text as the API server counts: in code points. */
export function characters(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
