import { type Config, keyOf } from '../../model/config';
import type { DestinationRule } from '../../model/destination-rules';
import { fullName, hostWithin, isWild } from '../../model/host';
import { quoted } from '../../values/names';
import type { CheckedMesh } from '../checked-mesh';
import { rulesAbout, viewsOf, wildRules } from '../destination-rule-views';
import type { Found, Rule } from '../rule';

/** A DestinationRule for one host, beside one with a wildcard whose policy it does not repeat. */
export const widePolicyNotInherited: Rule = {
  id: 'MESH209',
  name: 'wide-policy-not-inherited',
  severity: 'warning',
  codes: [],
  summary: 'a DestinationRule for one host puts out of force what one with a wildcard says for all',
  why: 'A client obeys the DestinationRule of the most specific host alone; nothing is inherited from one with a wildcard, field by field or as a whole. A rule that is there for its subsets takes the limits, the outlier detection and the load balancing of the wide one away from the host, in silence. Where the specific one has a policy of its own it is an info, unless TLS is what is lost. Mutual TLS of the mesh is not lost: without tls clients speak it by themselves. Source: pilot/pkg/model/push_context.go, destinationRule; pilot/pkg/model/config.go, MostSpecificHostMatch.',
  remedy: 'Repeat in the specific one what the wide one says.',
  *check(mesh) {
    if (wildRules(mesh).every((w) => !w.config.spec.trafficPolicy)) return;
    const told = new Map<Config, Found>();
    for (const spaces of mesh.model.byHost.values())
      for (const s of spaces.values()) {
        const about = rulesAbout(mesh, s.host);
        const wide = about.filter((c) => c.spec.trafficPolicy && !c.spec.workloadSelector && isWild(c.spec.host ?? ''));
        if (wide.length === 0 || wide.length === about.length) continue;
        for (const { rule, namespaces } of viewsOf(mesh, s)) {
          if (!rule || rule.selector || told.has(rule.from[0]!)) continue;
          for (const c of wide) {
            const lost = isPassedOver(mesh, c, rule, namespaces) ? lostOf(mesh, c, rule) : [];
            if (lost.length === 0) continue;
            told.set(rule.from[0]!, found(c, rule, lost));
            break;
          }
        }
      }
    yield* told.values();
  },
};

/** Whether clients would obey the wide one if the other were not there. */
function isPassedOver(mesh: CheckedMesh, wide: Config, used: DestinationRule, namespaces: () => readonly string[]): boolean {
  const { rootNamespace, domain } = mesh.model.mesh;
  const host = fullName(wide.spec.host, wide.namespace, domain);
  if (host === used.host || !hostWithin(used.host, host)) return false;
  if (wide.namespace !== used.namespace && wide.namespace !== rootNamespace) return false;
  const exportTo: readonly string[] = wide.spec.exportTo ?? [];
  return (
    exportTo.length === 0 ||
    exportTo.includes('*') ||
    namespaces().some((n) => exportTo.includes(n) || (exportTo.includes('.') && n === wide.namespace))
  );
}

/** Fields of the wide policy that the other does not have. */
function lostOf(mesh: CheckedMesh, { spec }: Config, { trafficPolicy }: DestinationRule): string[] {
  const own = new Set(Object.keys(trafficPolicy ?? {}));
  return Object.keys(spec.trafficPolicy).filter((f) => {
    if (own.has(f)) return false;
    // wide-mtls-overridden tells of it where clients would not speak it by themselves
    return f !== 'tls' || (spec.trafficPolicy.tls?.mode !== 'ISTIO_MUTUAL' && mesh.model.mesh.autoMtls);
  });
}

function found(wide: Config, { from, policyFrom, host }: DestinationRule, lost: readonly string[]): Found {
  const by = policyFrom ?? from[0]!;
  const grave = !policyFrom || (lost.includes('tls') && wide.spec.trafficPolicy.tls?.mode !== 'DISABLE');
  return {
    at: { manifest: by.manifest, path: policyFrom ? ['spec', 'trafficPolicy'] : ['spec', 'host'] },
    ...(grave ? {} : { severity: 'info' as const }),
    message: `${quoted(lost)} of DestinationRule "${keyOf(wide)}", for "${wide.spec.host}", ${lost.length === 1 ? 'does' : 'do'} not count for "${host}": this one is more specific, and nothing is inherited`,
    hint: `repeat ${quoted(lost)} here`,
    related: [{ at: { manifest: wide.manifest, path: ['spec', 'trafficPolicy'] }, message: 'the wide policy' }],
  };
}
