import { ALGEBRA } from './algebra';
import { COMPILER } from './compiler';
import type { Mutation } from './mutation';
import { TABLE } from './table';
import { ASKING, TRACING } from './trace';

/** Faults and the tests that have to turn red. */
export interface Group {
  readonly mutations: readonly Mutation[];
  /** Folders of sources and of tests that the tests need. */
  readonly parts: readonly string[];
  readonly tests: string;
  /** Slow tests: they run after the others, where those are still green. */
  readonly late: RegExp;
}

const TRACES: Group = {
  mutations: TRACING,
  parts: [
    'imports',
    'src/routing',
    'src/values',
    'src/manifests',
    'src/model',
    'src/schema',
    'src/validation',
    'src/trace',
    'test/trace',
  ],
  tests: 'test/trace/re',
  late: /recorded/,
};

/** The table, the algebra of matches and the compiler; then the mesh model and the trace. */
export const GROUPS: readonly Group[] = [
  {
    mutations: [...TABLE, ...ALGEBRA, ...COMPILER],
    parts: ['src/routing', 'src/values', 'test/routing'],
    tests: 'test/routing',
    late: /apart|compile|l4|match|findings/,
  },
  TRACES,
  {
    mutations: ASKING,
    parts: [],
    tests: 'test/trace/age-doubts',
    late: /none/,
  },
];

/** Faults that the real lane has to notice too: in the model and in the trace. */
export const IN_LANE: Group = { ...TRACES, parts: ['imports', 'src', 'test/trace', 'test/real'] };
