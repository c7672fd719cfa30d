import { type Config, keyOf } from '../../model/config';
import { clientNamespaces } from '../backends';
import { rulesAbout } from '../destination-rule-views';
import type { Found, Rule } from '../rule';

/** Two DestinationRules for a host that are not put together since they are exported otherwise. */
export const destinationRulesNotMerged: Rule = {
  id: 'MESH133',
  name: 'destination-rules-not-merged',
  severity: 'error',
  codes: [],
  summary: 'of DestinationRules for a host that are exported to different namespaces one counts',
  why: 'DestinationRules of one namespace and host become one only where they have the same exportTo, or the first has its own and it is within the second. Else a client that sees several obeys the last one alone: the subsets and policies of the others are not there for it, and routes to those subsets end with 503 (flag NC). Source: pilot/pkg/model/destination_rule.go, mergeDestinationRule; sidecar.go, SidecarScope.DestinationRule.',
  remedy: 'Give all DestinationRules of the host the same exportTo, or write one.',
  *check(mesh) {
    const clients = clientNamespaces(mesh);
    const known = new Set(clients);
    const told = new Map<Config, Found>();
    for (const spaces of mesh.model.byHost.values())
      for (const s of spaces.values()) {
        const about = rulesAbout(mesh, s.host).filter((c) => !c.spec.workloadSelector);
        if (about.length < 2) continue;
        const asked = new Set([s.namespace, ...about.flatMap((c) => [c.namespace, ...((c.spec.exportTo ?? []) as string[])])]);
        const other = clients.find((x) => !asked.has(x));
        for (const n of [...[...asked].filter((x) => known.has(x)), ...(other === undefined ? [] : [other])]) {
          const all = mesh.model.rules.candidates(n, s).filter((d) => !d.selector);
          const used = all.at(-1);
          for (const d of all.slice(0, -1))
            for (const c of d.from)
              if (!told.has(c) && !used!.from.includes(c))
                told.set(c, {
                  at: { manifest: c.manifest, path: ['spec', 'host'] },
                  message: `clients in "${n}" obey DestinationRule "${keyOf(used!.from[0]!)}" alone, and nothing of this one: the two are exported to different namespaces, so they do not become one`,
                  hint: `the same exportTo as "${keyOf(used!.from[0]!)}" makes them one`,
                  related: [{ at: { manifest: used!.from[0]!.manifest, path: ['spec', 'host'] }, message: 'this one counts' }],
                });
        }
      }
    yield* told.values();
  },
};
