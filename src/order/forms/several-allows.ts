import type { Manifest } from '../../manifests/manifest';
import { isAllow } from '../facts/authorization-rules';
import type { PodsOfBoth, Subject, Subjects } from '../facts/subjects';
import { type Stage, sent } from './stages';

/**
 * Where several policies come to say who may, or go, and before or after it everybody may: one of them alone would shut out whom
 * the others let in. So while they come and go each lets everybody in: but for those whose pods come and go with them, since nobody
 * calls these without.
 */
export class SeveralAllows {
  /** Of pods in both states: how many policies say who may, but for such as let nobody in. */
  private readonly counts: readonly ReadonlyMap<Subject, number>[];

  constructor(
    live: readonly Manifest[],
    desired: readonly Manifest[],
    private readonly subjects: Subjects,
    private readonly pods: PodsOfBoth,
  ) {
    this.counts = [live, desired].map((all) => {
      const out = new Map<Subject, number>();
      for (const m of all.filter(isAllow)) for (const s of subjects.of(m)) out.set(s, (out.get(s) ?? 0) + (saysWho(m) ? 1 : 0));
      return out;
    });
  }

  /** The writes of a policy that comes or goes with others; nothing for one that does so alone, or stays. */
  stages(live: Manifest | undefined, desired: Manifest | undefined): readonly Stage[] | undefined {
    const m = (live ?? desired)!;
    if (!isAllow(m) || !saysWho(m) || (live && desired)) return undefined;
    const [there, elsewhere] = live ? [0, 1] : [1, 0];
    const about = this.subjects.of(m);
    const alone = about.every((s) => this.counts[there]!.get(s) === 1);
    if (alone || about.some((s) => this.counts[elsewhere]!.has(s))) return undefined;
    // of pods that no object tells of nobody knows whether they stay
    const [here, others] = [this.pods[there]!, this.pods[elsewhere]!];
    if (about.some((s) => here.has(s)) && !about.some((s) => others.has(s))) return undefined;
    const open: Stage = { object: sent(m, { ...m.object.spec, rules: [{}] }), rank: live ? 'lift' : 'close', wide: true };
    return live ? [open, { object: undefined, rank: 'part' }] : [open, { object: desired, rank: 'deny' }];
  }
}

const saysWho = (m: Manifest): boolean => (m.object.spec?.rules ?? []).length > 0;
