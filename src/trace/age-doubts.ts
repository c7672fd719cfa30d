import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import type { MeshModel } from '../model/mesh-model';
import { answer, clusterAnswer } from './answer';
import { contenders } from './contenders';
import { type Trace, trace } from './flow';
import { shareText } from './fraction';
import { kept } from './kept';
import type { Outcome } from './outcome';
import type { World } from './token';

/** Two objects of which nobody says which is older, and the answer hangs on it. */
export interface AgeDoubt {
  /**
   * It counts as the older: one with a creationTimestamp does beside one without, and of those without the first by name, then by
   * namespace.
   */
  readonly older: Manifest;
  readonly younger: Manifest;
  /** What happens where it is the other way round. */
  readonly otherwise: Trace;
}

/**
 * The ages that an answer hangs on and that no manifest says. Objects that contend are made the youngest one after the other,
 * and the request is traced again: only where that comes to another answer, the age decides it.
 */
export function ageDoubts(model: MeshModel, t: Trace, world: World = {}): AgeDoubt[] {
  const said = whatHappens(t);
  const out: AgeDoubt[] = [];
  for (const [role, list] of contenders(model, t)) {
    const youngest: Manifest[] = [];
    for (let now = list; ; ) {
      const first = now.find((c) => c.manifest.created === undefined && !youngest.includes(c.manifest));
      if (!first) break;
      youngest.push(first.manifest);
      const other = withYoungest(model, youngest);
      const otherwise = trace(other, t.client, t.request, world);
      now = contenders(other, otherwise).get(role) ?? [];
      if (whatHappens(otherwise) === said) continue;
      const younger = [...now, ...list].find((c) => !youngest.includes(c.manifest));
      out.push({ older: list[0]!.manifest, younger: younger?.manifest ?? first.manifest, otherwise });
      break;
    }
    // what says no age counts as not applied yet, and may be there for long
    const [first] = list;
    for (const { manifest: m } of first?.manifest.created === undefined ? [] : list) {
      if (m.created !== undefined) continue;
      const otherwise = trace(withOldest(model, m), t.client, t.request, world);
      if (whatHappens(otherwise) === said) continue;
      out.push({ older: first!.manifest, younger: m, otherwise });
      break;
    }
  }
  return out;
}

const others = new WeakMap<MeshModel, Map<Manifest, MeshModel>>();

/** The mesh, were these the youngest: made once for all traces. */
function withYoungest(model: MeshModel, youngest: readonly Manifest[]): MeshModel {
  let at = model;
  for (const [i, m] of youngest.entries()) {
    const known = others.get(at) ?? new Map<Manifest, MeshModel>();
    others.set(at, known);
    const next = known.get(m) ?? model.withYoungest(youngest.slice(0, i + 1));
    known.set(m, next);
    at = next;
  }
  return at;
}

/** The mesh, were this the oldest. */
const withOldest = kept((model: MeshModel, m: Manifest) => model.withAges(new Map([[m, 0]])));

/** A trace with the ages that it hangs on. */
export const withAgeDoubts = (model: MeshModel, t: Trace, world: World = {}): Trace => ({
  ...t,
  ageDoubts: ageDoubts(model, t, world),
});

/** Without what says who decided it, and where: another object may say the same. */
function whatHappens(t: Trace): string {
  const bare = (o: Outcome | undefined) =>
    o && { ...answer(o), steps: 0, config: 0, routeName: 0, routeIndex: 0, vhost: 0, reason: 0 };
  return JSON.stringify([
    bare(t.outbound),
    t.arrivals.map(({ cluster, endpoint: e, mutualTls, past, outcome }) => [
      cluster,
      e.workload ? keyOf(e.workload.config.manifest) : e.address,
      e.port,
      mutualTls,
      past !== undefined,
      bare(outcome),
    ]),
    t.endings.map((e) => ({ ...e, share: shareText(e.share) })),
    t.clusters.map((c) => ({ ...clusterAnswer(c), config: 0 })),
  ]);
}
