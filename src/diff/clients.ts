import type { Config } from '../model/config';
import type { MeshModel } from '../model/mesh-model';
import type { Workload } from '../model/workload';
import { type Client, clientOf, findClient, isGateway } from '../trace/client';
import { canonical } from './canonical';
import { keyOf } from './facts';

/** The same client in both meshes. */
export interface ClientPair {
  /** In words: `workload shop/page-v1`. */
  readonly name: string;
  /** As it is before. */
  readonly old: Client;
  /** As it is after. */
  readonly now: Client;
}

/** Clients that both meshes' proxies are told the same: their requests take the same way as far as the servers' own sidecars. */
export interface ClientClass {
  readonly members: readonly ClientPair[];
}

/** Address of a workload that has none yet, for both sides: a made one would differ for no reason. */
const SOMEWHERE = '10.244.255.1';

/**
 * All clients that are in both meshes: workloads and gateways by namespace and name, and someone outside. Labels that no
 * selector of either mesh asks for are left out, so that clients of one kind are one class.
 */
export function clientClasses(old: MeshModel, now: MeshModel): ClientClass[] {
  const asked = new Set([...selectorLabels(old), ...selectorLabels(now)]);
  const addresses = addressesAsked([old, now]);
  const pairs: ClientPair[] = [];
  const theirs = new Map(now.workloads.map((w) => [keyOf(w), w]));
  for (const w of old.workloads) {
    const other = theirs.get(keyOf(w));
    // a gateway's pods ask as the gateway
    if (!other || isGateway(old, w) || isGateway(now, other)) continue;
    const side = (model: MeshModel, of: Workload): Client => {
      const c = clientOf(model, of);
      const known = of.config.manifest.object.status?.podIP !== undefined && addresses.length > 0;
      return {
        ...c,
        labels: c.proxy === 'none' ? {} : Object.fromEntries(Object.entries(c.labels).filter(([k, v]) => asked.has(`${k}=${v}`))),
        address: known ? c.address : SOMEWHERE,
      };
    };
    pairs.push({ name: `${w.namespace}/${w.config.name}`, old: side(old, w), now: side(now, other) });
  }
  for (const g of old.gateways) {
    const text = `gateway:${g.namespace}/${g.name}`;
    if (!now.gateways.some((x) => x.namespace === g.namespace && x.name === g.name)) continue;
    const side = (m: MeshModel): Client => ({
      ...findClient(m, text),
      name: `gateway ${g.namespace}/${g.name}`,
      address: SOMEWHERE,
    });
    pairs.push({ name: `gateway ${g.namespace}/${g.name}`, old: side(old), now: side(now) });
  }
  const outside = findClient(old, 'outside');
  for (const address of [outside.address, ...addresses])
    pairs.push({
      name: address === outside.address ? 'outside' : `outside (from ${address})`,
      old: { ...outside, address },
      now: { ...outside, address },
    });
  const classes = new Map<string, ClientPair[]>();
  for (const p of pairs) {
    const key = canonical([p.old, p.now].map((c) => [c.proxy, c.namespace, c.labels, c.address, intercepted(c)]));
    const list = classes.get(key);
    if (list) list.push(p);
    else classes.set(key, [p]);
  }
  return [...classes.values()].map((members) => ({ members }));
}

/** What decides whether its connections go past its proxy. */
const intercepted = ({ workload, proxy }: Client): readonly string[] =>
  proxy === 'sidecar' && workload
    ? Object.entries(workload.annotations).flatMap(([k, v]) => (k.startsWith('traffic.sidecar.istio.io/') ? `${k}=${v}` : []))
    : [];

/** Labels of clients that decide about something, as `key=value`. */
function selectorLabels(m: MeshModel): Set<string> {
  const out = new Set<string>();
  const add = (labels: Readonly<Record<string, string>> | undefined) => {
    for (const [k, v] of Object.entries(labels ?? {})) out.add(`${k}=${v}`);
  };
  for (const s of m.sidecars) add(s.spec.workloadSelector?.labels);
  for (const d of m.of('DestinationRule')) add(d.spec.workloadSelector?.matchLabels);
  for (const v of m.virtualServices)
    for (const rule of [...v.http.map((h) => h.rule), ...v.tls, ...v.tcp])
      for (const match of (rule.match ?? []) as any[]) add(match?.sourceLabels);
  return out;
}

/** For each range of addresses that a policy names, an address in it. */
function addressesAsked(models: readonly MeshModel[]): string[] {
  const out = new Set<string>();
  const ranges = (c: Config) =>
    ((c.spec.rules ?? []) as any[]).flatMap((r) => [
      ...((r.from ?? []) as any[]).flatMap((f) => [...(f.source?.ipBlocks ?? []), ...(f.source?.notIpBlocks ?? [])]),
      ...((r.when ?? []) as any[]).flatMap((w) => (w.key === 'source.ip' ? [...(w.values ?? []), ...(w.notValues ?? [])] : [])),
    ]);
  for (const m of models)
    for (const c of m.of('AuthorizationPolicy')) for (const r of ranges(c)) out.add(String(r).split('/')[0]!);
  return [...out].sort();
}
