import { keyOf } from '../../model/config';
import type { DestinationRule } from '../../model/destination-rules';
import { quoted } from '../../values/names';
import { ofMesh } from '../checked-mesh';
import { rulesAbout, viewsOf } from '../destination-rule-views';
import type { Rule } from '../rule';

/** Rules that are made of several objects. */
const merged = ofMesh((mesh) => {
  const out = new Map<string, DestinationRule>();
  for (const spaces of mesh.model.byHost.values())
    for (const s of spaces.values()) {
      if (rulesAbout(mesh, s.host).length < 2) continue;
      for (const { rule } of viewsOf(mesh, s))
        if (rule && rule.from.length > 1) out.set(rule.from.map((c) => keyOf(c)).join(), rule);
    }
  return [...out.values()];
});

/** The trafficPolicy of a DestinationRule that is merged into another that has one. */
export const trafficPolicyIgnored: Rule = {
  id: 'MESH132',
  name: 'traffic-policy-ignored',
  severity: 'warning',
  codes: [],
  summary: 'of several DestinationRules for a host one trafficPolicy counts',
  why: 'DestinationRules of one namespace and host become one: their subsets are put together, and the trafficPolicy of the oldest that has one is taken whole. The others count for nothing: no field of theirs is added to it. Which is the oldest can change when objects are made anew. Source: pilot/pkg/model/destination_rule.go, mergeDestinationRule.',
  remedy: 'Write one trafficPolicy for the host, in one DestinationRule.',
  *check(mesh) {
    for (const { from, policyFrom: first, host } of merged(mesh))
      for (const c of from) {
        if (!c.spec.trafficPolicy || !first || c === first) continue;
        const lost = Object.keys(c.spec.trafficPolicy).filter(
          (f) => !isSame(c.spec.trafficPolicy[f], first.spec.trafficPolicy[f]),
        );
        if (lost.length === 0) continue;
        yield {
          at: { manifest: c.manifest, path: ['spec', 'trafficPolicy'] },
          message: `${quoted(lost)} ${lost.length === 1 ? 'does' : 'do'} not count for "${host}": of its DestinationRules one trafficPolicy is taken, whole, and that is the one of "${keyOf(first)}"`,
          hint: `write ${quoted(lost)} into "${keyOf(first)}", which goes first ${c.created === first.created ? 'by its name, as long as neither is older' : 'as the older'}`,
          related: [{ at: { manifest: first.manifest, path: ['spec', 'trafficPolicy'] }, message: 'this one counts' }],
        };
      }
  },
};

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
