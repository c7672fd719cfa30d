import type { Manifest } from '../manifests/manifest';
import type { MeshModel } from '../model/mesh-model';
import { clusterAnswer } from './answer';
import { contenders } from './contenders';
import { type Trace, trace } from './flow';
import type { World } from './token';
import { traceJson } from './trace-json';

/** Two objects of which nobody says which is older, and the answer hangs on it. */
export interface AgeDoubt {
  /** It counts as the older: without creationTimestamps the first by name does, then by namespace. */
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
      const other = model.withYoungest(youngest);
      const otherwise = trace(other, t.client, t.request, world);
      now = contenders(other, otherwise).get(role) ?? [];
      if (whatHappens(otherwise) === said) continue;
      const younger = [...now, ...list].find((c) => !youngest.includes(c.manifest));
      out.push({ older: list[0]!.manifest, younger: younger?.manifest ?? first.manifest, otherwise });
      break;
    }
  }
  return out;
}

/** A trace with the ages that it hangs on. */
export const withAgeDoubts = (model: MeshModel, t: Trace, world: World = {}): Trace => ({
  ...t,
  ageDoubts: ageDoubts(model, t, world),
});

/** Without what says who decided it: another object may say the same. */
function whatHappens(t: Trace): string {
  const { outbound, arrivals, endings } = traceJson(t) as Record<string, any>;
  const bare = (o: any) => o && { ...o, steps: 0, config: 0, routeName: 0, routeIndex: 0, vhost: 0, reason: 0 };
  return JSON.stringify([
    bare(outbound),
    arrivals.map((a: any) => ({ ...a, inbound: bare(a.inbound) })),
    endings,
    t.clusters.map((c) => ({ ...clusterAnswer(c), config: 0 })),
  ]);
}
