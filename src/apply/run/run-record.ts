import { hostname, userInfo } from 'node:os';
import type { Cluster } from '../../cluster/transport';
import { groupKind, type Parent, type Run, writeParent } from '../apply-set';
import type { Plan } from '../plan/plan';

/** Why a run ended before its last phase. */
export type Ended = NonNullable<Run['ended']>;

/** How a run is recorded. */
interface RecordOptions {
  /** What wrote it. */
  readonly version: string;
  /** The approved plan that is carried out, by its digest. */
  readonly plan: string | undefined;
  /** Waited for before anything is written; throws when nothing is to be any more. */
  readonly before: () => Promise<void>;
}

/** What the parent of a set says of a run: whoever breaks off leaves nothing that the next one does not find. */
export class RunRecord {
  private readonly began = new Date();

  constructor(
    private readonly cluster: Cluster,
    private readonly plan: Plan,
    private readonly o: RecordOptions,
  ) {}

  /** What the set held and will hold, and that a run is in this phase, or ended in it. */
  async of(phase: number, ended?: Ended): Promise<void> {
    const all = this.plan.objects.map((p) => p.manifest);
    const { parent } = this.plan;
    await this.write({
      groupKinds: [...all.map(groupKind), ...(parent?.groupKinds ?? [])],
      namespaces: [...all.map((m) => m.namespace), ...(parent?.namespaces ?? [])],
      run: {
        began: this.began.toISOString(),
        phase,
        of: this.plan.phases.length,
        by: `${userInfo().username}@${hostname()}`,
        ...(this.o.plan === undefined ? {} : { plan: this.o.plan }),
        ...(ended ? { ended } : {}),
      },
    });
  }

  /** What the set holds once all is written, and that no run is under way. */
  async done(): Promise<void> {
    const { objects, stays, isPartial, parent } = this.plan;
    const all = [...objects.filter((p) => p.action !== 'delete').map((p) => p.manifest), ...stays];
    const held = isPartial ? parent : undefined;
    await this.write({
      groupKinds: [...all.map(groupKind), ...(held?.groupKinds ?? [])],
      namespaces: [...all.map((m) => m.namespace), ...(held?.namespaces ?? [])],
    });
  }

  private async write(parent: Parent): Promise<void> {
    await this.o.before();
    await writeParent(this.cluster, this.plan.set, parent, this.o.version);
  }
}
