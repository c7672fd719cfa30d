import { type Config, keyOf } from '../../model/config';
import { fullName, hostsMeet, isWild } from '../../model/host';
import { quoted } from '../../values/names';
import { clientNamespaces } from '../backends';
import { ofMesh } from '../checked-mesh';
import { rulesAbout } from '../destination-rule-views';
import type { Rule } from '../rule';

const hosts = ofMesh((mesh) => [...mesh.model.byHost.keys()]);

/** A DestinationRule in a client's namespace that keeps the service's own from its clients. */
export const destinationRuleHidden: Rule = {
  id: 'MESH131',
  name: 'destination-rule-hidden',
  severity: 'warning',
  codes: [],
  summary: "a DestinationRule hides the service's own from the clients of its namespace",
  why: "A client obeys the DestinationRule of its own namespace, and looks at the service's own only where there is none: they are not merged, and a more specific host in the service's namespace does not go before a wildcard in the client's. The limits, the outlier detection and the subsets that the service's team wrote do not count for these clients. Source: pilot/pkg/model/push_context.go, destinationRule; istio/istio#36672.",
  remedy:
    "Repeat in it what the service's own says, or write it beside the service; keep wildcard rules in the root namespace, which comes last.",
  *check(mesh) {
    const clients = new Set(clientNamespaces(mesh));
    for (const config of mesh.model.of('DestinationRule')) {
      const { namespace, spec, manifest } = config;
      if (!clients.has(namespace) || spec.workloadSelector || namespace === mesh.model.mesh.rootNamespace) continue;
      const host = fullName(spec.host ?? '', namespace, mesh.model.mesh.domain);
      const about = isWild(host) ? hosts(mesh).filter((h) => hostsMeet(host, h)) : [host];
      const hidden: { readonly host: string; readonly rule: Config; readonly fields: readonly string[] }[] = [];
      for (const h of about) {
        const s = [...(mesh.model.byHost.get(h)?.values() ?? [])][0];
        if (!s || s.namespace === namespace) continue;
        const used = mesh.model.rules.of(namespace, {}, s);
        if (!used?.from.includes(config)) continue;
        const own = rulesAbout(mesh, h).filter(
          (c) => c.namespace === s.namespace && !c.spec.workloadSelector && isExported(c, namespace),
        );
        const said = new Set(used.from.flatMap((c) => Object.keys(c.spec.trafficPolicy ?? {})));
        for (const rule of own) {
          const fields = Object.keys(rule.spec.trafficPolicy ?? {}).filter((f) => !said.has(f));
          if (fields.length > 0) hidden.push({ host: h, rule, fields });
        }
      }
      const [first] = hidden;
      if (!first) continue;
      yield {
        at: { manifest, path: ['spec', 'host'] },
        ...(isWild(host) ? {} : { severity: 'info' as const }),
        message: `clients in "${namespace}" obey this in place of DestinationRule "${keyOf(first.rule)}", whose ${quoted(first.fields)} ${first.fields.length === 1 ? 'does' : 'do'} not count for them${hidden.length > 1 ? `, and so for ${hidden.length - 1} more` : ''}`,
        hint: isWild(host) ? 'move it into the root namespace, which is asked last' : `repeat ${quoted(first.fields)} here`,
        related: [{ at: { manifest: first.rule.manifest, path: ['spec', 'trafficPolicy'] }, message: 'hidden from them' }],
      };
    }
  },
};

const isExported = ({ spec, namespace }: Config, to: string): boolean => {
  const given: string[] = spec.exportTo ?? [];
  return given.length === 0 || given.some((e) => e === '*' || e === to || (e === '.' && namespace === to));
};
