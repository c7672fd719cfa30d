import { type Config, keyOf } from '../../model/config';
import { at, filed } from '../fields';
import type { Rule } from '../rule';
import { isSameObject } from '../same-object';
import { isAnalyzedAsAmbient, SOLE_KINDS } from '../workload-selectors';

/** Two Sidecars, or two Telemetries, are for all of a namespace. */
export const twoForOneNamespace: Rule = {
  id: 'MESH032',
  name: 'two-for-one-namespace',
  severity: 'error',
  codes: ['IST0111', 'IST0160', 'KIA0002'],
  summary: 'two Sidecars, or two Telemetries, without a selector are in one namespace',
  why: 'Only the oldest holds for the namespace: the others do nothing. Which is oldest is decided by when each was applied. Source: pilot/pkg/model/push_context.go, pilot/pkg/model/telemetry.go.',
  remedy: 'Put both into one object, or give one of them a selector.',
  *check(mesh) {
    for (const { kind, isDefault, codes } of SOLE_KINDS) {
      const byNamespace = new Map<string, Config[]>();
      for (const c of mesh.of(kind)) if (isDefault(c)) filed(byNamespace, c.namespace, c);
      for (const [namespace, configs] of byNamespace) {
        if (configs.length < 2) continue;
        if (kind === 'Sidecar' && isAnalyzedAsAmbient(mesh, namespace)) continue;
        for (const c of configs) {
          const other = configs.find((o) => o !== c && !isSameObject(o, c));
          if (!other) continue;
          yield {
            at: at(c, 'metadata', 'name'),
            codes: [codes.twice, 'KIA0002'],
            message: `the ${kind} "${keyOf(other)}" is for all of namespace "${namespace}", too, and only one of them holds`,
            related: [{ at: at(other, 'metadata', 'name'), message: 'the other one' }],
          };
        }
      }
    }
  },
};
