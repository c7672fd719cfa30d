import { type Manifest, manifestOf } from '../manifests/manifest';

/** What Flagger writes for a Canary: how the requests are shared now. */
export interface CanaryShares {
  readonly primary: number;
  readonly canary: number;
  /** Whether requests are copied to the canary. */
  readonly mirrored?: boolean;
}

/** Labels by which Flagger looks for the one that selects the pods, in this order. Source: its flag `-selector-labels`. */
const SELECTORS = ['app', 'name', 'app.kubernetes.io/name'];

const isMap = (v: unknown) => typeof v === 'object' && v !== null && !Array.isArray(v);
const list = (v: unknown) => v === undefined || (Array.isArray(v) && v.every((x) => typeof x === 'string' || isMap(x)));

/**
 * Canaries whose routes are Istio's, and that say what Flagger needs. Without a provider Flagger's own flag says it, whose default
 * is Istio.
 */
function isIstios({ kind, group, object: { spec } }: Manifest): boolean {
  if (kind !== 'Canary' || group !== 'flagger.app' || !isMap(spec)) return false;
  const { provider = '', targetRef, service, analysis = {} } = spec;
  return (
    ['istio', ''].includes(provider) &&
    typeof targetRef?.name === 'string' &&
    isMap(service) &&
    typeof service.port === 'number' &&
    [service.hosts, service.gateways, service.match, analysis?.match].every(list)
  );
}

/**
 * The manifests, and what Flagger makes of the Canaries among them, between two releases: nobody writes it, and requests go there.
 * What is among the manifests is taken as it is.
 */
export function withCanaries(manifests: readonly Manifest[]): readonly Manifest[] {
  const canaries = manifests.filter(isIstios);
  if (canaries.length === 0) return manifests;
  const there = new Set(manifests.map(keyOf));
  const made = canaries.flatMap((c) => canaryObjects(c, manifests, { primary: 100, canary: 0 }));
  return [...manifests, ...made.filter((m) => !there.has(keyOf(m)))];
}

/**
 * The Services, the Deployment, the policies and the routes that Flagger makes for a Canary, with these shares.
 * Source: pkg/router/{kubernetes_default,istio}.go and pkg/canary/deployment_controller.go of Flagger 1.44.
 */
export function canaryObjects(canary: Manifest, manifests: readonly Manifest[], shares: CanaryShares): Manifest[] {
  const { spec } = canary.object;
  const { service = {}, targetRef = {} } = spec;
  const target = manifests.find(
    (m) => m.kind === 'Deployment' && m.group === 'apps' && m.name === targetRef.name && sameSpace(m.namespace, canary.namespace),
  );
  const selected: Readonly<Record<string, string>> = target?.object.spec?.selector?.matchLabels ?? { app: targetRef.name };
  const label = SELECTORS.find((l) => selected[l] !== undefined) ?? 'app';
  const value = selected[label] ?? targetRef.name;
  const apex: string = service.name ?? targetRef.name;
  const [primaryName, canaryName] = [`${apex}-primary`, `${apex}-canary`];
  const make = (apiVersion: string, kind: string, name: string, rest: object, labels?: object) =>
    manifestOf(
      { apiVersion, kind, metadata: { name, namespace: canary.namespace, ...(labels ? { labels } : {}) }, ...rest },
      canary.place,
    );
  const clusterIp = (name: string, pods: string) =>
    make(
      'v1',
      'Service',
      name,
      {
        spec: {
          selector: { [label]: pods },
          ...(service.headless ? { clusterIP: 'None' } : {}),
          ports: [
            {
              name: service.portName || 'http',
              port: service.port,
              targetPort: service.targetPort || service.port,
              ...(service.appProtocol ? { appProtocol: service.appProtocol } : {}),
            },
          ],
        },
      },
      { [label]: name },
    );
  const policy = (host: string) =>
    make('networking.istio.io/v1beta1', 'DestinationRule', host, {
      spec: { host, ...(service.trafficPolicy ? { trafficPolicy: service.trafficPolicy } : {}) },
    });
  return [
    clusterIp(apex, `${value}-primary`),
    clusterIp(primaryName, `${value}-primary`),
    clusterIp(canaryName, value),
    policy(canaryName),
    policy(primaryName),
    make('networking.istio.io/v1beta1', 'VirtualService', apex, {
      spec: routes(spec, { apex, primaryName, canaryName }, shares),
    }),
    ...(target ? [primaryOf(target, `${targetRef.name}-primary`, label, `${value}-primary`, make)] : []),
  ];
}

type Make = (apiVersion: string, kind: string, name: string, rest: object, labels?: object) => Manifest;

/** The pods of the version that was: the target's, with another value of the label that selects them. */
function primaryOf({ object }: Manifest, name: string, label: string, value: string, make: Make): Manifest {
  const { template = {} } = object.spec;
  const labels = { ...template.metadata?.labels, [label]: value };
  return make('apps/v1', 'Deployment', name, {
    spec: {
      selector: { matchLabels: { [label]: value } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  });
}

interface Names {
  readonly apex: string;
  readonly primaryName: string;
  readonly canaryName: string;
}

function routes(
  { service = {}, analysis = {} }: any,
  { apex, primaryName, canaryName }: Names,
  { primary, canary, mirrored }: CanaryShares,
): object {
  const isDelegate = service.delegation === true;
  const hosts = [...(service.hosts ?? [])];
  if (!hosts.includes(apex) && !hosts.includes('*')) hosts.push(apex);
  const gateways = (service.gateways ?? []).length === 0 ? ['mesh'] : service.gateways;
  const ported = service.portDiscovery && ((service.gateways?.[0] ?? 'mesh') !== 'mesh' || isDelegate);
  const to = (host: string, weight: number) => ({
    destination: { host, ...(ported ? { port: { number: service.port } } : {}) },
    weight,
  });
  const bound = isDelegate ? {} : { hosts, gateways };
  const split = [to(primaryName, primary), to(canaryName, canary)];
  if (String(service.appProtocol ?? '').toLowerCase() === 'tcp') {
    const match = (service.match ?? []).map((m: any) => ({ port: m.port }));
    return { ...bound, tcp: [{ ...(match.length > 0 ? { match } : {}), route: split }] };
  }
  const { match, rewrite, timeout, retries, corsPolicy, headers } = service;
  const rule = (when: readonly object[] | undefined, route: readonly object[]) =>
    JSON.parse(JSON.stringify({ match: when, rewrite, timeout, retries, corsPolicy, headers, route }));
  const asked: readonly any[] = analysis.match ?? [];
  if (asked.length > 0)
    return { ...bound, http: [rule(merged(asked, match ?? []), split), rule(match, [to(primaryName, primary)])] };
  const copies = mirrored
    ? {
        mirror: { host: canaryName },
        ...(analysis.mirrorWeight > 0 ? { mirrorPercentage: { value: analysis.mirrorWeight } } : {}),
      }
    : {};
  return { ...bound, http: [{ ...rule(match, split), ...copies }] };
}

/** Source: `mergeMatchConditions`. */
const merged = (asked: readonly any[], defaults: readonly any[]): readonly any[] =>
  defaults.length === 0
    ? asked
    : asked.flatMap((a) =>
        defaults.map((d) => ({
          ...d,
          ...(a.headers ? { headers: a.headers } : {}),
          ...(a.sourceLabels ? { sourceLabels: a.sourceLabels } : {}),
        })),
      );

const sameSpace = (a: string, b: string) => (a || 'default') === (b || 'default');
const keyOf = (m: Manifest) => `${m.group} ${m.kind} ${m.namespace || 'default'} ${m.name}`;
