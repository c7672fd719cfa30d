import type { Manifest } from '../../manifests/manifest';
import { canonical, isEqual } from '../../values/equal';
import { listed } from '../../values/listed';
import { nameText } from '../named';
import type { PlannedObject } from './planned-object';

/** A controller that moves traffic step by step, and writes the weights of routes itself. */
export interface WeightOwner {
  /** `Rollout shop/web` */
  readonly name: string;
  /** What it is told by. */
  readonly kind: 'Rollout' | 'Canary';
  /** Names of routes that it puts before the others for a while: those of headers and mirrors. */
  readonly routes: readonly string[];
}

/** Whose weights an object has. */
export interface Weights extends WeightOwner {
  /** Whether they are otherwise in the files. */
  readonly differ: boolean;
}

/** Under which field managers they write. Source: the names of their programs, which client-go takes for it. */
const MANAGERS: Readonly<Record<WeightOwner['kind'], string>> = { Rollout: 'rollouts-controller', Canary: 'flagger' };

/** Whether a field is one that such a controller writes as a whole, to move weights or labels in it. */
export const isMoved = (path: string): boolean => /^\.spec\.(http|tls|tcp|subsets)\b/.test(path);

/** Whether what a manager says otherwise there is the controller's own doing: its weights are kept, and the rest is the files'. */
export const isMovedBy = (
  { kind }: WeightOwner,
  { manager, operation, path }: { readonly manager: string; readonly operation: string; readonly path: string },
): boolean => manager === MANAGERS[kind] && operation === 'Update' && isMoved(path);

/** VirtualServices and DestinationRules whose weights or labels a controller writes, as `Kind namespace/name`. */
export type WeightOwners = ReadonlyMap<string, WeightOwner>;

/**
 * What Rollouts and Canaries write to. Source: argo-rollouts, docs/features/traffic-management/istio.md; flagger,
 * docs/gitbook/usage/how-it-works.md.
 */
export function weightOwners(objects: Iterable<Manifest>): WeightOwners {
  const out = new Map<string, WeightOwner>();
  for (const m of objects) {
    const of = (kind: string, name: unknown) =>
      typeof name === 'string' &&
      out.set(`${kind} ${name.includes('.') ? name.split('.').reverse().join('/') : `${m.namespace}/${name}`}`, {
        name: `${m.kind} ${m.namespace}/${m.name}`,
        kind: m.kind as WeightOwner['kind'],
        routes: (spec.strategy?.canary?.trafficRouting?.managedRoutes ?? []).map((r: any) => r?.name),
      });
    const { spec = {} } = m.object;
    if (m.kind === 'Rollout' && m.group === 'argoproj.io') {
      const istio = spec.strategy?.canary?.trafficRouting?.istio ?? {};
      for (const v of [istio.virtualService, ...(istio.virtualServices ?? [])]) of('VirtualService', v?.name);
      of('DestinationRule', istio.destinationRule?.name);
    } else if (m.kind === 'Canary' && m.group === 'flagger.app') of('VirtualService', spec.service?.name ?? spec.targetRef?.name);
  }
  return out;
}

/** Of objects that are not written: whose weights they keep, where the files have others. */
export function weightNotes(objects: readonly Pick<PlannedObject, 'action' | 'manifest' | 'weights'>[]): string[] {
  const kept = objects.flatMap(({ action, manifest, weights }) =>
    action === 'keep' && weights?.differ ? [`${nameText(manifest)} (${weights.name})`] : [],
  );
  if (kept.length === 0) return [];
  return [`weights that a controller moves are others than in the files, and stay: ${listed(kept, NAMED)}`];
}
const NAMED = 5;

const HASH = 'rollouts-pod-template-hash';

/**
 * What is desired, with the weights (and hashes of pod templates) that the controller has set, and the routes that it has put
 * before the others; the rest is as it is desired.
 */
export function withLiveWeights(desired: any, live: any, added: readonly string[] = []): any {
  if (desired.kind === 'DestinationRule') return withLiveHashes(desired, live);
  const { spec } = desired;
  const routes = (rules: readonly any[] | undefined, others: readonly any[] = []) =>
    rules?.map((rule, i) => {
      const other = (rule.name !== undefined && others.find((o) => o?.name === rule.name)) || others[i];
      return other && leadsToTheSame(rule, other) ? { ...rule, route: weighted(rule.route, other.route) } : rule;
    });
  const out: any = { ...spec };
  const isAdded = (rule: any) => added.includes(rule?.name) && !spec?.http?.some((own: any) => own?.name === rule.name);
  for (const field of ['http', 'tls', 'tcp']) {
    const others: readonly any[] = live.spec?.[field] ?? [];
    if (spec?.[field])
      out[field] = [
        ...others.filter(isAdded),
        ...routes(
          spec[field],
          others.filter((o) => !isAdded(o)),
        )!,
      ];
  }
  return { ...desired, spec: out };
}

/**
 * Whether each share that is live is in what is desired, too: where destinations are others, the controller would lose its step.
 * @param isShare whether a route of several destinations is one
 */
export const keepsShares = (desired: any, live: any, isShare: (route: readonly any[]) => boolean = () => true): boolean =>
  ['http', 'tls', 'tcp'].every((field) =>
    (live.spec?.[field] ?? [])
      .filter((rule: any) => (rule?.route ?? []).length > 1 && isShare(rule.route))
      .every(({ route }: any) => (desired.spec?.[field] ?? []).some((rule: any) => isEqual(rule?.route, route))),
  );

/** Whether several destinations get requests now. */
export const isOnTheWay = (route: readonly any[]): boolean => route.filter((r) => r?.weight > 0).length > 1;

const key = (r: any) => canonical(r?.destination ?? {});

/** Whether two routes share between the same destinations. */
function leadsToTheSame(a: any, b: any): boolean {
  const [x, y] = [(a.route ?? []).map(key).sort(), (b.route ?? []).map(key).sort()];
  return x.length > 0 && isEqual(x, y);
}

const weighted = (route: readonly any[], live: readonly any[]): any[] =>
  route.map((r) => {
    const { weight: _, ...rest } = r;
    const weight = live.find((l) => key(l) === key(r))?.weight;
    return weight === undefined ? rest : { ...rest, weight };
  });

/**
 * DestinationRules as the mesh is looked at: a Rollout's labels of subsets are on pods that it makes, and in no template. Nothing is sent so.
 */
export const withoutHashes = (objects: readonly Manifest[]): readonly Manifest[] =>
  objects.map((m) => {
    const subsets: readonly any[] = m.kind === 'DestinationRule' ? (m.object.spec?.subsets ?? []) : [];
    if (!subsets.some((s) => s?.labels?.[HASH] !== undefined)) return m;
    const without = subsets.map((s) => {
      const { [HASH]: _, ...labels } = s?.labels ?? {};
      return { ...s, labels };
    });
    return { ...m, object: { ...m.object, spec: { ...m.object.spec, subsets: without } } };
  });

function withLiveHashes(desired: any, live: any): any {
  const subsets = desired.spec?.subsets?.map((s: any) => {
    const hash = live.spec?.subsets?.find((l: any) => l.name === s.name)?.labels?.[HASH];
    return hash === undefined ? s : { ...s, labels: { ...s.labels, [HASH]: hash } };
  });
  return subsets ? { ...desired, spec: { ...desired.spec, subsets } } : desired;
}
