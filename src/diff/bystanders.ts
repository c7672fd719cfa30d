import { hostsMeet, isWild } from '../model/host';
import type { MeshModel } from '../model/mesh-model';
import { alternativesOf } from '../model/outbound-hosts';
import { isHttp } from '../model/protocol';
import { isRefused } from '../model/route-action';
import type { Service } from '../model/service';
import type { VirtualService } from '../model/virtual-service';
import { selected } from '../model/workload';

const NONE: ReadonlySet<string> = new Set();

/**
 * Hosts that play no part in requests to some others: plain Services of HTTP alone, each with its VirtualServices and
 * DestinationRules, that nothing which those requests meet leads to, shares pods with, is also called like, or fits by a
 * wildcard. Proxies that know nothing of them treat those requests the same, as long as they listen on the same ports: of each
 * port the first host stays. Where Sidecars choose what proxies know, they know little, and nothing is left out.
 * @param hosts those that are asked for
 */
export function bystanders(old: MeshModel, now: MeshModel, hosts: ReadonlySet<string>): ReadonlySet<string> {
  const models = [old, now];
  if (models.some((m) => m.sidecars.length > 0)) return NONE;
  const known = (h: string) => models.every((m) => [...(m.byHost.get(h)?.values() ?? [])].some(isForAll));
  if (![...hosts].every(known)) return NONE;
  const kept = kinOf(models, hosts);
  const out = new Set<string>();
  for (const [host, byNamespace] of now.byHost) {
    const [service] = byNamespace.values();
    if (!kept.has(host) && byNamespace.size === 1 && old.byHost.get(host)?.size === 1 && isPlain(service!)) out.add(host);
  }
  for (const m of models) dropCalledAlike(m, out);
  dropFirstOfPorts(now.services, out);
  // a VirtualService is left out as a whole, or not at all
  for (;;) {
    const before = out.size;
    for (const m of models)
      for (const v of m.virtualServices)
        if (!(isPlainRoute(v) && v.hosts.every((h) => out.has(h)))) for (const h of v.hosts) out.delete(h);
    if (out.size === before) return out;
  }
}

const isForAll = (s: Service): boolean => s.exportTo.includes('*');

const isPlain = (s: Service): boolean =>
  s.registry === 'Kubernetes' &&
  s.resolution === 'ClientSideLB' &&
  s.aliases.length === 0 &&
  isForAll(s) &&
  s.ports.length > 0 &&
  s.ports.every((p) => isHttp(p.protocol));

/** Routes at gateways are kept: their hosts are sorted by what servers say. What Envoy refuses, it refuses with the whole table. */
const isPlainRoute = ({ gateways, http, tls, tcp }: VirtualService): boolean =>
  gateways.every((g) => g === 'mesh') && tls.length + tcp.length === 0 && !http.some(({ rule }) => isRefused(rule));

/** The hosts themselves, those that their routes lead to, and those that have pods in common with them or with a gateway. */
function kinOf(models: readonly MeshModel[], hosts: ReadonlySet<string>): Set<string> {
  const kin = new Set(hosts);
  const routes = models.flatMap((m) => m.virtualServices);
  for (;;) {
    const before = kin.size;
    for (const v of routes)
      if (v.hosts.some((h) => kin.has(h)))
        for (const rule of [...v.http.map((h) => h.rule), ...v.tls, ...v.tcp])
          for (const d of [...(rule.route ?? []), ...(rule.mirrors ?? []), { destination: rule.mirror }])
            if (d?.destination?.host) kin.add(d.destination.host);
    for (const m of models) shareWith(m, kin);
    if (kin.size === before) return kin;
  }
}

function shareWith({ services, workloads, gateways }: MeshModel, kin: Set<string>): void {
  const podsOf = ({ namespace, selector }: Service) => selected(workloads, namespace, selector);
  const shared = new Set(services.flatMap((s) => (kin.has(s.host) ? podsOf(s) : [])));
  const spaces = new Set([...shared].map((w) => w.namespace));
  const atGateways = gateways.flatMap((g) => Object.entries<string>(g.spec.selector ?? {}));
  for (const s of services) {
    if (kin.has(s.host)) continue;
    const labels = Object.entries(s.selector ?? {});
    if (
      labels.some(([k, v]) => atGateways.some(([x, y]) => k === x && v === y)) ||
      podsOf(s).some((w) => w.gateway || (spaces.has(w.namespace) && shared.has(w)) || isAtGateway(w.labels, atGateways))
    )
      kin.add(s.host);
  }
}

const isAtGateway = (labels: Readonly<Record<string, string>>, asked: readonly (readonly [string, string])[]): boolean =>
  asked.some(([k, v]) => labels[k] === v);

/** What another host is called too, or a wildcard of a VirtualService may be about. */
function dropCalledAlike(m: MeshModel, out: Set<string>): void {
  const said = new Map<string, string>();
  const wild = new Set<string>();
  for (const h of [...m.virtualServices.flatMap((v) => v.hosts), ...m.byHost.keys()]) {
    if (isWild(h)) wild.add(h);
    else said.set(h.toLowerCase(), h);
  }
  for (const host of out) {
    const { address, namespace } = [...m.byHost.get(host)!.values()][0]!;
    const names = [address, ...['', namespace].flatMap((of) => alternativesOf(host, { namespace: of, labels: {} }, m.mesh))];
    if (names.some((n) => said.has(n.toLowerCase())) || [...wild].some((w) => hostsMeet(w, host))) out.delete(host);
  }
}

/** Whether a proxy listens on a port is told by any of them. */
function dropFirstOfPorts(services: readonly Service[], out: Set<string>): void {
  const ports = new Set<number>();
  for (const { host, ports: own } of services) {
    if (!out.has(host)) continue;
    if (own.some((p) => !ports.has(p.port))) out.delete(host);
    for (const p of own) ports.add(p.port);
  }
}
