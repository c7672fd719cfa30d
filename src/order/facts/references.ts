import type { Manifest } from '../../manifests/manifest';
import { fullName } from '../../model/host';

/**
 * What one object has that others refer to: `subset reviews.shop.svc.cluster.local v2`, `gateway shop/edge`. A name, compared
 * as text.
 */
export type Fact = string;

/** What an object has for others, and what it needs of them. */
export interface References {
  readonly provides: ReadonlySet<Fact>;
  /** What is there before it comes, and as long as it is. */
  readonly needs: ReadonlySet<Fact>;
  /** What is there before it comes, if anything has it in the end, and may go after that. @default nothing */
  readonly follows?: ReadonlySet<Fact>;
  /** What is not taken away as long as it is, where something else comes to have it. @default nothing */
  readonly keeps?: ReadonlySet<Fact>;
}

/** None. */
export const NO_FACTS: ReadonlySet<Fact> = new Set();

/** An object that has nothing for others and needs nothing of them. */
export const NOTHING: References = { provides: NO_FACTS, needs: NO_FACTS };

/** All of several. Most objects have facts of one sort or two: their sets are taken as they are. */
export function joined(all: readonly References[]): References {
  let out: References = NOTHING;
  for (const r of all)
    if (r === NOTHING) continue;
    else if (out === NOTHING) out = r;
    else
      out = {
        provides: both(out.provides, r.provides),
        needs: both(out.needs, r.needs),
        follows: both(out.follows, r.follows),
        keeps: both(out.keeps, r.keeps),
      };
  return out;
}

function both(a: ReadonlySet<Fact> = NO_FACTS, b: ReadonlySet<Fact> = NO_FACTS): ReadonlySet<Fact> {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const out = new Set(a);
  for (const f of b) out.add(f);
  return out;
}

type Collect = (fact: Fact) => void;
type Reader = (m: Manifest, provide: Collect, need: Collect, domain: string, follow: Collect) => void;

/** The references of an object, by its kind; of other kinds only the namespace counts. */
export function referencesOf(m: Manifest, domain: string): References {
  const provides = new Set<Fact>();
  const needs = new Set<Fact>();
  const follows = new Set<Fact>();
  if (m.namespace) needs.add(`namespace ${m.namespace}`);
  if (m.group) needs.add(`kind ${m.group}/${m.kind}`);
  READERS[`${m.group}/${m.kind}`]?.(
    m,
    (f) => provides.add(f),
    (f) => needs.add(f),
    domain,
    (f) => follows.add(f),
  );
  return { provides, needs, follows };
}

/** What a field holds where it is a list, without what is empty. */
export const list = (value: unknown): any[] => (Array.isArray(value) ? value.filter((v) => v !== null && v !== undefined) : []);

/** The hosts of a Service or a ServiceEntry. */
export function hostsOf(m: Manifest, domain: string): readonly string[] {
  if (isService(m)) return [`${m.name}.${m.namespace}.svc.${domain}`];
  return m.kind === 'ServiceEntry' && m.group === 'networking.istio.io' ? list(m.object.spec?.hosts) : [];
}

/** The ports of a Service or a ServiceEntry, each with its host. */
export const listenersOf = (m: Manifest, domain: string): readonly { readonly host: string; readonly port: number }[] =>
  hostsOf(m, domain).flatMap((host) => list(m.object.spec?.ports).map((p) => ({ host, port: isService(m) ? p.port : p.number })));

/** The same, as others name them. */
export const portsOf = (m: Manifest, domain: string): readonly Fact[] =>
  listenersOf(m, domain).map(({ host, port }) => `port ${host} ${port}`);

/** What a workload or a job makes its pods of. */
export function podOf(m: Manifest): any {
  const { template, jobTemplate } = m.object.spec ?? {};
  return (template ?? jobTemplate?.spec?.template)?.spec ?? {};
}

/** The containers of a pod, those that come first, too. */
export const containersOf = (pod: any): any[] => [...list(pod.containers), ...list(pod.initContainers)];

/** Whether an object is a Service of Kubernetes. */
export const isService = (m: Manifest): boolean => m.kind === 'Service' && m.group === '';

/** Whether an object is a namespace. */
export const isNamespace = (m: Manifest): boolean => m.group === '' && m.kind === 'Namespace';

/** Whether an object is rules for hosts, or a delegate's. */
export const isRoutes = (m: Manifest): boolean => m.kind === 'VirtualService' && m.group === 'networking.istio.io';

/** The VirtualService that a rule delegates to, as `namespace/name`. */
export const delegateOf = ({ delegate }: any, { namespace }: Manifest): string | undefined =>
  delegate?.name ? `${delegate.namespace || namespace}/${delegate.name}` : undefined;

/** A name with its namespace. */
export const nameOf = (m: Manifest): string => `${m.namespace}/${m.name}`;

/** The VirtualServices that one delegates to, as `namespace/name`. */
export const delegatesOf = (m: Manifest): string[] => list(m.object.spec?.http).flatMap((rule) => delegateOf(rule, m) ?? []);

/** Tells in whose name rules are in effect: of a delegate those that delegate to it, of others themselves. */
export function rootsOf(objects: readonly Manifest[]): (m: Manifest) => readonly Manifest[] {
  const by = new Map<string, Manifest[]>();
  for (const m of objects) if (isRoutes(m)) for (const d of new Set(delegatesOf(m))) by.set(d, [...(by.get(d) ?? []), m]);
  return (m) => (isRoutes(m) && list(m.object.spec?.hosts).length === 0 ? (by.get(nameOf(m)) ?? []) : [m]);
}

const READERS: Readonly<Record<string, Reader>> = {
  '/Namespace': (m, provide) => provide(`namespace ${m.name}`),
  '/ServiceAccount': (m, provide) => provide(`account ${m.namespace}/${m.name}`),
  '/Secret': (m, provide) => provide(`secret ${m.namespace}/${m.name}`),
  '/ConfigMap': (m, provide) => provide(`configmap ${m.namespace}/${m.name}`),
  'apiextensions.k8s.io/CustomResourceDefinition': (m, provide) =>
    provide(`kind ${m.object.spec?.group}/${m.object.spec?.names?.kind}`),
  '/Service': served,
  'apps/Deployment': workload,
  'apps/StatefulSet': workload,
  'apps/DaemonSet': workload,
  'batch/Job': podTemplate,
  'batch/CronJob': podTemplate,
  'argoproj.io/Rollout': (m, provide, need, domain) => {
    workload(m, provide, need);
    const { workloadRef, strategy: { canary = {}, blueGreen = {} } = {} as any } = m.object.spec ?? {};
    if (workloadRef) need(workloadFact(m.namespace, workloadRef));
    for (const s of [canary.canaryService, canary.stableService, blueGreen.activeService, blueGreen.previewService])
      if (s) need(`host ${s}.${m.namespace}.svc.${domain}`);
  },
  // Flagger takes hold of both when the Canary comes
  'flagger.app/Canary': (m, _, need, __, follow) => {
    const { targetRef, autoscalerRef } = m.object.spec ?? {};
    if (targetRef) need(workloadFact(m.namespace, targetRef));
    if (autoscalerRef) follow(`autoscaler ${m.namespace}/${autoscalerRef.name}`);
  },
  'autoscaling/HorizontalPodAutoscaler': (m, provide, need) => {
    provide(`autoscaler ${m.namespace}/${m.name}`);
    const { scaleTargetRef } = m.object.spec ?? {};
    if (scaleTargetRef) need(workloadFact(m.namespace, scaleTargetRef));
  },
  'networking.istio.io/ServiceEntry': served,
  'networking.istio.io/Gateway': (m, provide) => provide(`gateway ${m.namespace}/${m.name}`),
  // of a host that is not there it says nothing: it needs none
  'networking.istio.io/DestinationRule': (m, provide, _, domain) => {
    const host = fullName(m.object.spec?.host ?? '', m.namespace, domain);
    provide(`policy ${host}`);
    for (const s of list(m.object.spec?.subsets)) provide(`subset ${host} ${s.name}`);
  },
  'networking.istio.io/VirtualService': virtualService,
  // clusters that filters ask, such as a rate limit service's
  'networking.istio.io/EnvoyFilter': (m, _, need) => {
    for (const [, port, subset, host] of JSON.stringify(m.object.spec ?? {}).matchAll(/"outbound\|(\d+)\|([^|"]*)\|([^|"]+)"/g)) {
      need(`host ${host}`);
      need(`port ${host} ${port}`);
      if (subset) need(`subset ${host} ${subset}`);
    }
  },
};

function served(m: Manifest, provide: Collect, _: Collect, domain: string): void {
  for (const host of hostsOf(m, domain)) provide(`host ${host}`);
  for (const port of portsOf(m, domain)) provide(port);
}

const workloadFact = (namespace: string, { kind, name }: { readonly kind?: string; readonly name?: string }): Fact =>
  `workload ${namespace}/${kind} ${name}`;

function workload(m: Manifest, provide: Collect, need: Collect): void {
  provide(workloadFact(m.namespace, m));
  podTemplate(m, provide, need);
}

/** Pods are not made, or do not start, without what they name. */
function podTemplate(m: Manifest, _: Collect, need: Collect): void {
  const pod = podOf(m);
  if (pod.serviceAccountName) need(`account ${m.namespace}/${pod.serviceAccountName}`);
  const config = (name: unknown) => name && need(`configmap ${m.namespace}/${name}`);
  const secret = (name: unknown) => name && need(`secret ${m.namespace}/${name}`);
  for (const v of list(pod.volumes)) {
    config(v.configMap?.name);
    secret(v.secret?.secretName);
  }
  for (const s of list(pod.imagePullSecrets)) secret(s.name);
  for (const c of containersOf(pod)) {
    for (const e of list(c.envFrom)) {
      config(e.configMapRef?.name);
      secret(e.secretRef?.name);
    }
    for (const e of list(c.env)) {
      config(e.valueFrom?.configMapKeyRef?.name);
      secret(e.valueFrom?.secretKeyRef?.name);
    }
  }
}

function virtualService(m: Manifest, provide: Collect, need: Collect, domain: string, follow: Collect): void {
  const { hosts, gateways, http, tls, tcp } = m.object.spec ?? {};
  if (list(hosts).length === 0) provide(`delegate ${m.namespace}/${m.name}`);
  const bound = (names: unknown) => {
    for (const g of list(names)) if (g !== 'mesh') need(`gateway ${g.includes('/') ? g : `${m.namespace}/${g}`}`);
  };
  bound(gateways);
  const leads = (d: any) => {
    if (!d?.host) return;
    const host = fullName(d.host, m.namespace, domain);
    need(`host ${host}`);
    // what is said about the host (TLS, say) is known before requests come to go there
    follow(`policy ${host}`);
    if (d.port?.number) need(`port ${host} ${d.port.number}`);
    if (d.subset) need(`subset ${host} ${d.subset}`);
  };
  for (const rule of [...list(http), ...list(tls), ...list(tcp)]) {
    for (const match of list(rule.match)) bound(match.gateways);
    for (const r of list(rule.route)) leads(r.destination);
    leads(rule.mirror);
    for (const r of list(rule.mirrors)) leads(r.destination);
    const delegate = delegateOf(rule, m);
    if (delegate !== undefined) need(`delegate ${delegate}`);
  }
}
