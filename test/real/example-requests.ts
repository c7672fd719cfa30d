import { selects } from '../../src/model/config';
import { inboundCases } from './example-inbound';
import { bearer, claimsIn, withKeys } from './example-tokens';
import { isGateway } from './injector';
import type { OracleClient, OracleRequest } from './oracle';
import type { RandomCase } from './trace/world';

/** So many requests an example, at least. */
const LEAST = 10;

/**
 * Requests that an example's own routes ask for, and ones beside them: for each VirtualService's hosts, each match of each
 * rule, from pods of the example, and through its gateways. By client.
 */
export function exampleCases(id: string, given: readonly any[]): RandomCase[] {
  const objects = withKeys(given);
  const pods = objects.filter((o) => o.kind === 'Deployment' && !isGateway(o)).map((d): OracleClient => podOf(d));
  const byClient = new Map<string, { client: OracleClient; requests: OracleRequest[] }>();
  const ask = (client: OracleClient, request: OracleRequest) => {
    const key = JSON.stringify(client);
    const known = byClient.get(key) ?? { client, requests: [] };
    byClient.set(key, known);
    known.requests.push(request);
  };
  let turn = 0;
  const services = objects.filter((o) => o.kind === 'VirtualService' || o.kind === 'Service');
  for (let round = 0; round === 0 || (turn < LEAST && round < LEAST); round++)
    for (const o of services) {
      for (const { client, host, port, how } of waysTo(o, objects, pods, turn))
        for (const request of requestsFor(o, host, port, round)) {
          ask(client, { ...request, ...how });
          turn++;
        }
    }
  const outbound = [...byClient.values()].map(({ client, requests }, i) => ({
    id: `${id}-${i}`,
    objects,
    meshConfig: {},
    client,
    requests,
  }));
  return [...outbound, ...inboundCases(id, objects)];
}

const podOf = ({ metadata, spec }: any): OracleClient => ({
  kind: 'sidecar',
  name: metadata.name,
  namespace: metadata.namespace,
  labels: spec.template.metadata.labels,
  serviceAccount: spec.template.spec.serviceAccountName ?? 'default',
});

interface Way {
  readonly client: OracleClient;
  readonly host: string;
  readonly port: number;
  /** Besides what is asked for. */
  readonly how?: Partial<OracleRequest> | undefined;
}

/** Who may ask for the hosts of an object, under which name and at which port. */
function waysTo(o: any, objects: readonly any[], pods: readonly OracleClient[], turn: number): Way[] {
  const out: Way[] = [];
  const { namespace } = o.metadata;
  const hosts: string[] = o.kind === 'Service' ? [`${o.metadata.name}.${namespace}.svc.cluster.local`] : (o.spec.hosts ?? []);
  const gateways: string[] = o.spec.gateways ?? ['mesh'];
  for (const host of hosts) {
    if (host.includes('*')) continue;
    for (const g of o.kind === 'Service' ? ['mesh'] : gateways) {
      if (g === 'mesh') {
        const how = spoken(o, host);
        const port = portOf(host, namespace, objects);
        // connections have few requests, and are about who may: all pods ask, else one after the other
        const asking = how ? pods : pods.length > 0 ? [pods[(turn + out.length) % pods.length]!] : [];
        out.push(...asking.map((client) => ({ client, host, port, how })));
        continue;
      }
      const [ns, name] = g.includes('/') ? g.split('/') : [namespace, g];
      const gateway = objects.find((x) => x.kind === 'Gateway' && x.metadata.name === name && x.metadata.namespace === ns);
      const servers: any[] = gateway?.spec.servers ?? [];
      const server = servers.find((s) => /^HTTP/i.test(s.port.protocol) && !s.tls);
      if (server) out.push({ client: gatewayPods(gateway, objects), host, port: server.port.number });
      // who may come by the mesh's mutual TLS
      const mutual = servers.find((s) => s.tls?.mode === 'ISTIO_MUTUAL' && s.hosts.includes(host));
      if (mutual)
        for (const pod of pods)
          out.push({
            client: gatewayPods(gateway, objects),
            host,
            port: mutual.port.number,
            how: { tls: true, sni: host, principal: `cluster.local/ns/${pod.namespace}/sa/${pod.serviceAccount}` },
          });
    }
  }
  return out;
}

/** How connections begin that no proxy looks into: TLS with its name, or bytes; nothing of ones that it does. */
function spoken(o: any, host: string): Partial<OracleRequest> | undefined {
  if (o.spec.tls?.length > 0) return { tls: true, sni: host };
  return o.spec.tcp?.length > 0 && !o.spec.http ? { alpn: [] } : undefined;
}

/** Pods that the gateway selects: its own, or those that were installed. */
function gatewayPods(gateway: any, objects: readonly any[]): OracleClient {
  const own = objects.find((o) => o.kind === 'Deployment' && selects(gateway.spec.selector, o.spec.template.metadata.labels));
  return own
    ? { ...podOf(own), kind: 'gateway' }
    : { kind: 'gateway', name: 'gateway', namespace: 'istio-system', labels: gateway.spec.selector };
}

/** The first port of a host that speaks HTTP, or else the first. */
function portOf(host: string, namespace: string, objects: readonly any[]): number {
  const full = host.includes('.') ? host : `${host}.${namespace}.svc.cluster.local`;
  const owner = objects.find(
    (o) =>
      (o.kind === 'Service' && `${o.metadata.name}.${o.metadata.namespace}.svc.cluster.local` === full) ||
      (o.kind === 'ServiceEntry' && o.spec.hosts.includes(host)),
  );
  const ports: any[] = owner?.spec.ports ?? [];
  const http = ports.find((p) => /^http/i.test(p.protocol ?? '') || /^http/i.test(p.name ?? ''));
  return (http ?? ports[0])?.port ?? (http ?? ports[0])?.number ?? 80;
}

/** A request for each match, one that has its headers wrong, and a plain one. */
function requestsFor(o: any, host: string, port: number, round: number): OracleRequest[] {
  const matches: any[] = (o.spec.http ?? []).flatMap((r: any) => r.match ?? []);
  const asked = matches.map((m): OracleRequest => {
    const headers = Object.entries<any>(m.headers ?? {}).flatMap(([k, v]) =>
      !k.startsWith('@') && (v.exact ?? v.prefix) ? [[k, v.exact ?? `${v.prefix}1`]] : [],
    );
    const claims = claimsIn(m);
    if (claims) headers.push(['authorization', bearer(claims)]);
    return {
      port,
      host,
      path: m.uri?.exact ?? m.uri?.prefix ?? '/',
      method: m.method?.exact ?? 'GET',
      headers: Object.fromEntries(headers),
    };
  });
  const beside = asked.map((r) => ({
    ...r,
    headers: Object.fromEntries(Object.keys(r.headers ?? {}).map((k) => [k, 'nobody'])),
  }));
  const more = round === 0 ? '' : `${round}`;
  return [{ port, host, path: `/${more}` }, { port, host, path: `/nowhere${more}?x=1` }, ...asked, ...beside];
}
