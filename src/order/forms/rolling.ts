import type { Manifest } from '../../manifests/manifest';

/** A workload while it is rolled out: as it is to be, with pods of before beside its own. */
export interface Rolling extends Manifest {
  readonly before: Manifest;
  readonly after: Manifest;
}

/** A workload that is rolled out from one state to another. */
export const rolling = (before: Manifest, after: Manifest): Rolling => ({ ...after, before, after });

/** Whether a workload is being rolled out. */
export const isRolling = (m: Manifest | undefined): m is Rolling => m !== undefined && 'after' in m;

/** The states of a workload of which there are pods. */
export const statesOf = (m: Manifest): readonly Manifest[] => (isRolling(m) ? [m.before, m.after] : [m]);
