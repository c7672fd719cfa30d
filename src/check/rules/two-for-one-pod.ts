import { type Config, keyOf } from '../../model/config';
import { type AnalyzedPod, isAmbientPod } from '../analyzed-pods';
import { at, filed } from '../fields';
import type { Rule } from '../rule';
import { isSameObject } from '../same-object';
import { SOLE_KINDS, selectedPods } from '../workload-selectors';

/** Two Sidecars, or two Telemetries, select the same pod. */
export const twoForOnePod: Rule = {
  id: 'MESH031',
  name: 'two-for-one-pod',
  severity: 'error',
  codes: ['IST0110', 'IST0159', 'KIA0003'],
  summary: 'two Sidecars, or two Telemetries, select the same pods',
  why: 'Only the oldest holds for the pods: the others do nothing there. Which is oldest is decided by when each was applied. Source: pilot/pkg/model/push_context.go, pilot/pkg/model/telemetry.go.',
  remedy: 'Let the selectors have no pods in common, or put both into one object.',
  *check(mesh) {
    for (const { kind, path, codes } of SOLE_KINDS) {
      const byPod = new Map<AnalyzedPod, Config[]>();
      for (const c of mesh.of(kind)) for (const pod of selectedPods(mesh).get(c) ?? []) filed(byPod, pod, c);
      const told = new Set<Config>();
      for (const [pod, configs] of byPod) {
        if (configs.length < 2 || (kind === 'Sidecar' && isAmbientPod(pod))) continue;
        for (const c of configs) {
          const other = configs.find((o) => o !== c && !isSameObject(o, c));
          if (!other || told.has(c)) continue;
          told.add(c);
          yield {
            at: at(c, ...path),
            codes: [codes.conflict, 'KIA0003'],
            message: `the ${kind} "${keyOf(other)}" is for pods of "${pod.owner?.name ?? pod.name}", too, and only one of them holds`,
            related: [{ at: at(other, ...path), message: 'the other one' }],
          };
        }
      }
    }
  },
};
