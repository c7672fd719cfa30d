import type { Manifest } from '../manifests/manifest';
import { canonical, isEqual } from './equal';

/** A controller that moves traffic step by step, and writes the weights of routes itself. */
export interface WeightOwner {
  /** `Rollout shop/web` */
  readonly name: string;
  readonly kind: 'Rollout' | 'Canary';
}

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

const HASH = 'rollouts-pod-template-hash';

/** What is desired, with the weights (and hashes of pod templates) that the controller has set; the rest is as it is desired. */
export function withLiveWeights(desired: any, live: any): any {
  if (desired.kind === 'DestinationRule') return withLiveHashes(desired, live);
  const { spec } = desired;
  const routes = (rules: readonly any[] | undefined, others: readonly any[] = []) =>
    rules?.map((rule, i) => {
      const other = (rule.name !== undefined && others.find((o) => o?.name === rule.name)) || others[i];
      return other && leadsToTheSame(rule, other) ? { ...rule, route: weighted(rule.route, other.route) } : rule;
    });
  const out: any = { ...spec };
  for (const field of ['http', 'tls', 'tcp']) if (spec?.[field]) out[field] = routes(spec[field], live.spec?.[field]);
  return { ...desired, spec: out };
}

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

function withLiveHashes(desired: any, live: any): any {
  const subsets = desired.spec?.subsets?.map((s: any) => {
    const hash = live.spec?.subsets?.find((l: any) => l.name === s.name)?.labels?.[HASH];
    return hash === undefined ? s : { ...s, labels: { ...s.labels, [HASH]: hash } };
  });
  return subsets ? { ...desired, spec: { ...desired.spec, subsets } } : desired;
}
