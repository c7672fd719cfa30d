import type { Config } from '../../model/config';
import { fullName, isWild } from '../../model/host';
import { isHttpOrSniffed, isTls } from '../../model/protocol';
import { quoted } from '../../values/names';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { destinationsOf } from '../destinations';
import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** Settings that Envoy reads where it speaks HTTP alone. `http1MaxPendingRequests` counts connections that wait, too. */
const POOL = [
  'http2MaxRequests',
  'maxRequestsPerConnection',
  'maxRetries',
  'idleTimeout',
  'h2UpgradePolicy',
  'useClientProtocol',
];
const HASH = ['httpHeaderName', 'httpCookie', 'httpQueryParameterName'];

/** A policy about requests, for a host whose ports are not looked into. */
export const requestPolicyOnConnections: Rule = {
  id: 'MESH200',
  name: 'request-policy-on-connections',
  severity: 'warning',
  codes: [],
  summary: 'a policy about requests, for ports where connections alone are seen',
  why: 'Limits of requests, retries and a hash of a header, cookie or query parameter are read where Envoy speaks HTTP. At a port of TCP, MongoDB, MySQL or Redis they are sent to proxies and do nothing: nothing is limited, and with such a hash each connection goes to any endpoint. Source: pilot/pkg/networking/core/networkfilter.go, maybeSetHashPolicy; Envoy’s circuit breakers.',
  remedy:
    'Take it out, or say what connections have: `tcp.maxConnections`, `http.http1MaxPendingRequests` (connections that wait), a hash with `useSourceIp`. If the port speaks HTTP, name it "http-…".',
  *check(mesh) {
    for (const c of mesh.model.of('DestinationRule')) {
      const ports = portsOf(mesh, c);
      if (ports.length === 0) continue;
      const policies: [path: (string | number)[], policy: any][] = [[['trafficPolicy'], c.spec.trafficPolicy]];
      for (const [i, s] of items(c.spec.subsets)) policies.push([['subsets', i, 'trafficPolicy'], s.trafficPolicy]);
      for (const [path, policy] of policies) {
        const own = items(policy?.portLevelSettings);
        for (const [path2, settings, about] of [
          [path, policy, ports] as const,
          ...own.map(([i, s]) => [[...path, 'portLevelSettings', i], s, ports.filter((p) => p.port === s.port?.number)] as const),
        ]) {
          if (about.length === 0 || about.some((p) => isHttpOrSniffed(p.protocol) || isTls(p.protocol))) continue;
          const said = asked(settings);
          const [first] = said;
          if (!first) continue;
          yield {
            at: at(c, 'spec', ...path2, ...first),
            message: `${quoted(said.map((f) => String(f.at(-1))))} ${said.length > 1 ? 'do' : 'does'} nothing: ${about.map((p) => `port ${p.port} of "${p.host}" speaks ${p.protocol}`)[0]}, and requests are not seen there`,
          };
        }
      }
    }
  },
};

/** Hosts that some http rule leads to: then Envoy speaks HTTP to them, whatever their port says. */
const askedByHttp = ofMesh((mesh) => {
  const name = (c: Config, host: string) => fullName(host, c.namespace, mesh.model.mesh.domain);
  const http = destinationsOf(mesh).filter((d) => d.protocol === 'http' && d.destination.host !== undefined);
  return new Set(http.map((d) => name(d.config, d.destination.host!)));
});

/** Ports of the host, where nothing may make requests of what comes there. */
function portsOf(mesh: CheckedMesh, { spec, namespace }: Config) {
  const host = fullName(String(spec.host ?? ''), namespace, mesh.model.mesh.domain);
  if (isWild(host) || askedByHttp(mesh).has(host)) return [];
  const ports = [...(mesh.model.byHost.get(host)?.values() ?? [])].flatMap((s) => s.ports);
  return ports.filter((p) => p.protocol !== 'UDP').map((p) => ({ ...p, host }));
}

/** Paths of what is said of requests. */
function asked(settings: any): string[][] {
  const pool = settings?.connectionPool?.http;
  const hash = settings?.loadBalancer?.consistentHash;
  return [
    ...POOL.filter((f) => pool?.[f] !== undefined && pool[f] !== 'DEFAULT').map((f) => ['connectionPool', 'http', f]),
    ...HASH.filter((f) => hash?.[f] !== undefined).map((f) => ['loadBalancer', 'consistentHash', f]),
    ...(settings?.retryBudget === undefined ? [] : [['retryBudget']]),
  ];
}
