import { type Manifest, manifestOf } from '../manifests/manifest';

/** Label of pods by which Argo Rollouts tells the two versions apart. */
const HASH = 'rollouts-pod-template-hash';

type Yaml = Record<string, any>;

/**
 * The manifests in the middle of a Rollout's release: its steps up to this one are done, and the pods of both versions are there,
 * of ReplicaSets `<rollout>-stable` and `<rollout>-canary`.
 * Source: rollout/trafficrouting/istio/istio.go of Argo Rollouts 1.10 (SetWeight, SetHeaderRoute, SetMirrorRoute, UpdateHash).
 * @throws where the controller would stop with an error: a route that it looks for is not there, or lacks a version
 */
export function rolloutAt(rollout: Manifest, manifests: readonly Manifest[], step: number): readonly Manifest[] {
  const canary: Yaml = rollout.object.spec?.strategy?.canary ?? {};
  const { istio = {}, managedRoutes = [] } = (canary.trafficRouting ?? {}) as Yaml;
  const order: readonly string[] = managedRoutes.map((r: Yaml) => r.name);
  const subsets = istio.destinationRule ?? {};
  const changed = new Map<Manifest, Yaml>();
  const rule = find(manifests, 'DestinationRule', rollout.namespace, subsets.name);
  if (!rule) throw new Error(`there is no DestinationRule "${subsets.name}", which Rollout "${rollout.name}" names`);
  changed.set(rule, hashed(rule.object, subsets));
  for (const v of istio.virtualServices ?? [istio.virtualService]) {
    const [name, namespace = rollout.namespace] = String(v?.name).split('.') as [string, string?];
    const found = find(manifests, 'VirtualService', namespace, name);
    if (!found) throw new Error(`there is no VirtualService "${v?.name}", which Rollout "${rollout.name}" names`);
    const object = structuredClone(found.object) as Yaml;
    const parts: Parts = { names: v.routes ?? [], tcpRoutes: v.tcpRoutes ?? [], order, subsets, host: rule.object.spec.host };
    setWeight(object.spec, parts, 0);
    for (const s of (canary.steps ?? []).slice(0, step + 1)) perform(object.spec, s, parts);
    changed.set(found, object);
  }
  const out = manifests.map((m) => {
    const object = changed.get(m);
    return object ? { ...m, object } : m;
  });
  return [...out.filter((m) => !runsPodsOf(m, rollout)), ...pods(rollout, manifests)];
}

interface Parts {
  readonly names: readonly string[];
  readonly tcpRoutes: readonly Yaml[];
  readonly order: readonly string[];
  readonly subsets: Yaml;
  /** Of the DestinationRule. */
  readonly host: string;
}

function perform(spec: Yaml, step: Yaml, parts: Parts): void {
  if (step.setWeight !== undefined) setWeight(spec, parts, step.setWeight);
  for (const managed of [step.setHeaderRoute, step.setMirrorRoute]) {
    if (!managed) continue;
    spec.http = spec.http.filter((r: Yaml) => r.name !== managed.name);
    if (managed.match)
      spec.http.unshift(managed === step.setHeaderRoute ? headerRoute(spec, managed, parts) : mirrorRoute(spec, managed, parts));
    const isManaged = (r: Yaml) => parts.order.includes(r.name);
    spec.http = [
      ...parts.order.flatMap((name) => spec.http.filter((r: Yaml) => r.name === name)),
      ...spec.http.filter((r: Yaml) => !isManaged(r)),
    ];
  }
}

/** Of the routes that are named, and of mirrors that steps have made: the two subsets get their shares, and all others go. */
function setWeight(spec: Yaml, { names, tcpRoutes, order, subsets }: Parts, weight: number): void {
  const http: readonly Yaml[] = spec.http ?? [];
  const isMirror = (r: Yaml) => r.mirror !== undefined && order.includes(r.name);
  const tcp: readonly Yaml[] = (spec.tcp ?? []).filter(
    (r: Yaml, i: number) =>
      (tcpRoutes.length === 0 && i === 0) ||
      tcpRoutes.some((t) => r.match?.length > 0 && r.match.every((m: Yaml) => m.port === t.port)),
  );
  for (const r of [...moved(http, names), ...http.filter(isMirror), ...tcp, ...(spec.tls ?? []).slice(0, 1)]) {
    const ours = (r.route as Yaml[]).filter((d) =>
      [subsets.canarySubsetName, subsets.stableSubsetName].includes(d.destination.subset),
    );
    if (new Set(ours.map((d) => d.destination.subset)).size !== 2)
      throw new Error(`route "${r.name}" lacks subset "${subsets.stableSubsetName}" or "${subsets.canarySubsetName}"`);
    r.route = ours.map((d) => ({
      ...d,
      weight: d.destination.subset === subsets.canarySubsetName ? weight : 100 - weight,
    }));
  }
}

/** The first route of each name; without names the only one. */
function moved(http: readonly Yaml[], names: readonly string[]): readonly Yaml[] {
  if (names.length === 0) return http.length === 1 ? http : http.filter((r) => !r.name).slice(0, 1);
  return names.map((name) => {
    const found = http.find((r) => r.name === name);
    if (!found) throw new Error(`there is no HTTP route "${name}"`);
    return found;
  });
}

const portOf = (spec: Yaml, names: readonly string[]): Yaml | undefined => moved(spec.http, names)[0]?.route[0]?.destination.port;

function headerRoute(spec: Yaml, { name, match }: Yaml, { names, subsets, host }: Parts): Yaml {
  const port = portOf(spec, names);
  return {
    name,
    match: match.map((m: Yaml) => ({ headers: { [m.headerName]: m.headerValue } })),
    route: [{ destination: { host, subset: subsets.canarySubsetName, ...(port ? { port } : {}) }, weight: 100 }],
  };
}

function mirrorRoute(spec: Yaml, { name, match, percentage = 100 }: Yaml, { names, subsets, host }: Parts): Yaml {
  const port = portOf(spec, names);
  return {
    name,
    match: match.map(({ path, ...m }: Yaml) => ({ ...m, ...(path ? { uri: path } : {}) })),
    route: structuredClone(moved(spec.http, names)[0]!.route),
    mirror: { host, subset: subsets.canarySubsetName, ...(port ? { port } : {}) },
    mirrorPercentage: { value: percentage },
  };
}

/** The DestinationRule with the two subsets alone, each with the label of its pods. */
function hashed(object: Yaml, { stableSubsetName, canarySubsetName }: Yaml): Yaml {
  const subsets = (object.spec.subsets ?? [])
    .filter((s: Yaml) => [stableSubsetName, canarySubsetName].includes(s.name))
    .map((s: Yaml) => ({
      ...s,
      labels: { ...s.labels, [HASH]: s.name === canarySubsetName ? 'canary' : 'stable' },
    }));
  return { ...object, spec: { ...object.spec, subsets } };
}

const sameSpace = (a: string, b: string) => (a || 'default') === (b || 'default');

const find = (manifests: readonly Manifest[], kind: string, namespace: string, name: unknown) =>
  manifests.find(
    (m) => m.kind === kind && m.group === 'networking.istio.io' && m.name === name && sameSpace(m.namespace, namespace),
  );

const refersTo = ({ object, namespace }: Manifest, m: Manifest) =>
  m.kind === 'Deployment' && m.name === object.spec?.workloadRef?.name && sameSpace(m.namespace, namespace);

const runsPodsOf = (m: Manifest, rollout: Manifest) => m === rollout || refersTo(rollout, m);

/** Both versions' pods; of the Deployment that the Rollout refers to none are left. */
function pods(rollout: Manifest, manifests: readonly Manifest[]): Manifest[] {
  const template: Yaml =
    manifests.find((m) => refersTo(rollout, m))?.object.spec?.template ?? rollout.object.spec?.template ?? {};
  return ['stable', 'canary'].map((hash) =>
    manifestOf(
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { name: `${rollout.name}-${hash}`, namespace: rollout.namespace },
        spec: {
          template: { ...template, metadata: { ...template.metadata, labels: { ...template.metadata?.labels, [HASH]: hash } } },
        },
      },
      rollout.place,
    ),
  );
}
