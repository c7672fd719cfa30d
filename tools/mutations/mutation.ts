/** A fault to seed: the text that is there (exactly once), what takes its place, and what it gets wrong. */
export interface Mutation {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
}

/** Faults of one file of a folder, as [find, replace, why]. */
export const faultsOf = (folder: string, file: string, list: readonly (readonly [string, string, string])[]): Mutation[] =>
  list.map(([find, replace, why]) => ({ file: `${folder}/${file}.ts`, find, replace, why }));

/** Faults of one file of the kernel. */
export const faults = (file: string, list: readonly (readonly [string, string, string])[]): Mutation[] =>
  faultsOf('src/routing', file, list);
