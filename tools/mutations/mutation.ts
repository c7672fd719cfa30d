/** A fault to seed: the text that is there (exactly once), what takes its place, and what it gets wrong. */
export interface Mutation {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
}

/** Faults of one file of the kernel, as [find, replace, why]. */
export const faults = (file: string, list: readonly (readonly [string, string, string])[]): Mutation[] =>
  list.map(([find, replace, why]) => ({ file: `src/routing/${file}.ts`, find, replace, why }));
