import type { FieldPath } from '../../manifests/manifest';
import { type Config, keyOf } from '../../model/config';
import type { Service } from '../../model/service';
import type { VirtualService } from '../../model/virtual-service';
import { quoted } from '../../values/names';
import { clientNamespaces } from '../backends';
import type { CheckedMesh } from '../checked-mesh';
import { type DestinationRuleView, rulesAbout, viewsOf } from '../destination-rule-views';
import { gatewayPods } from '../gateway-bindings';
import { items } from '../items';
import type { Rule } from '../rule';
import { subsetsByHost } from '../subsets';

/** A subset that is defined, and not for the clients that are sent to it. */
export const subsetNotVisible: Rule = {
  id: 'MESH130',
  name: 'subset-not-visible',
  severity: 'error',
  codes: [],
  summary: 'some clients are sent to a subset that their DestinationRule does not have',
  why: "A client obeys the DestinationRule of its own namespace for the host, else the one of the service's namespace, else one of the root namespace, each only where it is exported to the client; of these one tier alone, the others count for nothing. Where that one lacks the subset, there is no cluster of the name for these clients, and they get 503 (flag NC), while others are served. istioctl asks whether any DestinationRule has the subset. Source: pilot/pkg/model/push_context.go, destinationRule.",
  remedy: 'Define the subset in the DestinationRule that these clients obey, export the one that has it, or take the other away.',
  *check(mesh) {
    const defined = subsetsByHost(mesh);
    const views = new Map<readonly string[], Map<string, DestinationRuleView[]>>();
    const every = clientNamespaces(mesh);
    const lists = new Map<string, readonly string[]>();
    for (const vs of mesh.model.virtualServices) {
      const key = `${vs.exportTo.join()} ${vs.gateways.join()}`;
      const clients = lists.get(key) ?? clientsOf(mesh, vs, every);
      lists.set(key, clients);
      for (const { config, destination, path } of subsetsOf(vs)) {
        const { host, subset } = destination;
        if (!defined(host, vs.namespace).some((d) => d.name === subset)) continue;
        const s: Service | undefined = [...(mesh.model.byHost.get(host)?.values() ?? [])][0];
        if (!s || isForAll(mesh, s, subset)) continue;
        const known = views.get(clients) ?? new Map<string, DestinationRuleView[]>();
        views.set(clients, known);
        const all = known.get(host) ?? viewsOf(mesh, s, clients);
        known.set(host, all);
        const without = all.filter((v) => !v.rule?.subsets.some((x) => x.subset?.name === subset));
        if (without.length === 0) continue;
        const spaces = without.flatMap((v) => v.namespaces());
        const obeyed = without.find((v) => v.rule)?.rule;
        const definer = rulesAbout(mesh, host).find((c) => ((c.spec.subsets ?? []) as any[]).some((x) => x?.name === subset));
        const shown = spaces.length > 3 ? `${quoted(spaces.slice(0, 3))} and ${spaces.length - 3} more` : quoted(spaces);
        yield {
          at: { manifest: config.manifest, path },
          message: `clients in ${shown} get 503 here: ${obeyed ? `they obey DestinationRule "${keyOf(obeyed.from[0]!)}", which has no subset "${subset}"` : `no DestinationRule with subset "${subset}" is exported to them`}`,
          hint: definer
            ? obeyed
              ? `DestinationRule "${keyOf(definer)}" has it: define it in "${keyOf(obeyed.from[0]!)}" too`
              : `let exportTo of DestinationRule "${keyOf(definer)}" name them`
            : '',
          related: [
            ...(obeyed
              ? [{ at: { manifest: obeyed.from[0]!.manifest, path: ['spec', 'host'] }, message: 'they obey this one' }]
              : []),
            ...(definer
              ? [{ at: { manifest: definer.manifest, path: ['spec', 'subsets'] }, message: 'the subset is here' }]
              : []),
          ],
        };
      }
    }
  },
};

/** Whether one DestinationRule alone is about the service, of its own namespace and for all clients, as most are, and has the subset. */
function isForAll(mesh: CheckedMesh, s: Service, subset: string): boolean {
  const [one, another] = rulesAbout(mesh, s.host);
  if (!one || another || one.namespace !== s.namespace || one.spec.workloadSelector) return false;
  const exportTo: readonly string[] =
    one.spec.exportTo?.length > 0 ? one.spec.exportTo : mesh.model.mesh.defaultDestinationRuleExportTo;
  return exportTo.includes('*') && items(one.spec.subsets).some(([, x]) => x.name === subset);
}

/** Namespaces whose proxies have the routes. */
function clientsOf(mesh: CheckedMesh, vs: VirtualService, every: readonly string[]): readonly string[] {
  if (vs.exportTo.includes('*') && vs.gateways.every((g) => g === 'mesh')) return every;
  const sees = (n: string) => vs.exportTo.includes('*') || vs.exportTo.includes(n);
  const out = vs.gateways.includes('mesh') ? every.filter(sees) : [];
  const pods = gatewayPods(mesh);
  for (const g of vs.gateways) {
    const client = pods.get(g)?.client;
    if (client && sees(client.namespace)) out.push(client.namespace);
  }
  return [...new Set(out)];
}

interface SubsetOfRoute {
  readonly config: Config;
  readonly destination: { readonly host: string; readonly subset: string };
  readonly path: FieldPath;
}

function* subsetsOf(vs: VirtualService): Iterable<SubsetOfRoute> {
  const rules = [
    ...vs.http.map((e) => ({ config: e.from, rule: e.rule, path: e.path })),
    ...vs.tls.map((rule, i) => ({ config: vs.config, rule, path: ['spec', 'tls', i] })),
    ...vs.tcp.map((rule, i) => ({ config: vs.config, rule, path: ['spec', 'tcp', i] })),
  ];
  for (const { config, rule, path } of rules) {
    for (const [i, r] of ((rule.route ?? []) as any[]).entries())
      if (r?.destination?.subset && (r.weight !== 0 || rule.route.length === 1))
        yield { config, destination: r.destination, path: [...path, 'route', i, 'destination', 'subset'] };
    for (const [i, m] of ((rule.mirrors ?? []) as any[]).entries())
      if (m?.destination?.subset)
        yield { config, destination: m.destination, path: [...path, 'mirrors', i, 'destination', 'subset'] };
  }
}
