import { ALGEBRA } from './algebra';
import { COMPILER } from './compiler';
import type { Mutation } from './mutation';
import { TABLE } from './table';

/** Faults in the table, the algebra of matches and the compiler. Each has to turn the tests red. */
export const MUTATIONS: readonly Mutation[] = [...TABLE, ...ALGEBRA, ...COMPILER];
