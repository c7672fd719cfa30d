import { type Config, objectText, selects } from '../../model/config';
import { passesProxy } from '../../model/interception';
import type { Workload } from '../../model/workload';
import { servicesOf, targetPortOf } from '../backends';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { filed } from '../fields';
import { items, texts } from '../items';
import type { Found, Rule } from '../rule';

/** A pod's annotation lets connections to a port past the proxy that policies are for. */
export const inboundPastTheProxy: Rule = {
  id: 'MESH207',
  name: 'inbound-past-the-proxy',
  severity: 'warning',
  codes: [],
  summary: "connections to a pod's port go past its proxy, and with it past its policies",
  why: 'The proxy of the pod enforces AuthorizationPolicies, RequestAuthentications and PeerAuthentications. What excludeInboundPorts names, and what a list in includeInboundPorts leaves out, is not led through it: whoever reaches the pod may call, in plain text, whatever the policies deny. Nothing at the policies says so. Where no policy names the port, and none selects the pods of a port to which a Service leads, it is an info; ports are known from containers and Services. Source: tools/istio-iptables/pkg/capture/run.go.',
  remedy:
    'Take the port out of the annotation, and say of it what it takes: a PeerAuthentication with portLevelMtls PERMISSIVE for callers without a proxy, or metrics merging for Prometheus. Else keep others away with a NetworkPolicy.',
  *check(mesh) {
    for (const w of mesh.model.workloads) {
      if (w.kind !== 'Pod' || !w.hasSidecar || !Object.keys(w.annotations).some((a) => a.endsWith('cludeInboundPorts'))) continue;
      const served = new Set(servedPorts(mesh, w));
      const past = new Map<string, { readonly at: Found['at']; readonly ports: readonly number[] }>();
      for (const port of portsOf(mesh, w)) {
        const at = passesProxy(w, 'inbound', port);
        if (!at) continue;
        const key = String(at.path.at(-1));
        past.set(key, { at, ports: [...(past.get(key)?.ports ?? []), port] });
      }
      for (const { at, ports } of past.values()) {
        const guards = ports
          .map((port) => ({ port, by: guardsOf(mesh, w, port, served.has(port)) }))
          .filter(({ by }) => by.length > 0);
        const isClose = (g: (typeof guards)[number]) => g.by.some(({ close }) => close);
        for (const close of [true, false]) {
          const some = guards.filter((g) => isClose(g) === close);
          const [first, ...others] = [
            ...new Set(some.flatMap(({ by }) => by.filter((b) => b.close === close).map((b) => b.config))),
          ];
          if (first) yield { at, ...told(some, first, others.length), ...(close ? {} : { severity: 'info' as const }) };
        }
      }
    }
  },
};

function told(ports: readonly { readonly port: number }[], first: Config, others: number): Omit<Found, 'at'> {
  const several = ports.length > 1;
  const policies = `${objectText(first.manifest)}${others > 0 ? ` and ${others} more do` : ' does'}`;
  return {
    message: `connections to ${several ? 'the ports' : 'port'} ${ports.map((p) => p.port).join(', ')} go past the proxy, so ${policies} not guard ${several ? 'them' : 'it'}`,
    hint: `take ${several ? 'them' : 'it'} out of the annotation, or keep others away with a NetworkPolicy`,
    related: [{ at: { manifest: first.manifest, path: ['spec'] }, message: 'is about these pods' }],
  };
}

/** Ports on which the pods are known to listen. */
function portsOf(mesh: CheckedMesh, w: Workload): readonly number[] {
  const template = w.template.reduce<any>((o, field) => o?.[field], w.config.manifest.object);
  const declared = items(template?.spec?.containers).flatMap(([, c]) => items(c.ports).map(([, p]) => Number(p.containerPort)));
  return [...new Set([...declared, ...servedPorts(mesh, w)])].filter(Number.isInteger).sort((a, b) => a - b);
}

const servedPorts = (mesh: CheckedMesh, w: Workload): readonly number[] =>
  servicesOf(mesh, w).flatMap((s) => s.ports.map((p) => targetPortOf(s, p.port, w)));

interface Guard {
  readonly config: Config;
  /** It names the port, or selects the pods by their labels and a Service leads to the port. */
  readonly close: boolean;
}

const byNamespace = ofMesh((mesh) => {
  const out = new Map<string, Config[]>();
  for (const kind of ['AuthorizationPolicy', 'RequestAuthentication'])
    for (const c of mesh.model.of(kind))
      if (!c.spec.targetRef && items(c.spec.targetRefs).length === 0) filed(out, c.namespace, c);
  return out;
});

/** Policies that the proxy would enforce on connections to a port. */
function guardsOf(mesh: CheckedMesh, w: Workload, port: number, isServed: boolean): Guard[] {
  const out: Guard[] = [];
  for (const ns of new Set([mesh.model.mesh.rootNamespace, w.namespace]))
    for (const config of byNamespace(mesh).get(ns) ?? []) {
      const labels = config.spec.selector?.matchLabels ?? {};
      if (!selects(labels, w.labels)) continue;
      const named = portsNamed(config);
      if (config.manifest.kind === 'AuthorizationPolicy' && !isAboutPort(config, named, port)) continue;
      out.push({ config, close: (isServed && Object.keys(labels).length > 0) || named.has(port) });
    }
  const { mode, by } = mesh.model.peers.ofWorkload(w.namespace, w.labels, port);
  const config = mode === 'STRICT' ? mesh.model.of('PeerAuthentication').find((c) => c.manifest === by?.manifest) : undefined;
  if (config) out.push({ config, close: isServed && Object.keys(config.spec.selector?.matchLabels ?? {}).length > 0 });
  return out;
}

/** An ALLOW policy shuts every port that it does not name; others are for the ports that they name, or for all. */
const isAboutPort = ({ spec }: Config, named: ReadonlySet<number>, port: number): boolean =>
  (spec.action ?? 'ALLOW') === 'ALLOW' || named.size === 0 || named.has(port);

function portsNamed({ spec }: Config): ReadonlySet<number> {
  const out = new Set<number>();
  for (const [, rule] of items(spec.rules)) {
    for (const [, to] of items(rule.to)) for (const [, p] of texts(to.operation?.ports)) out.add(Number(p));
    for (const [, when] of items(rule.when))
      if (when.key === 'destination.port') for (const [, p] of texts(when.values)) out.add(Number(p));
  }
  return out;
}
