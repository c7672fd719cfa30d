import type { Manifest } from '../../manifests/manifest';
import { leftWithoutProxy } from '../../order/facts/proxies';
import { listed } from '../../values/listed';
import { nameText } from '../named';

/** So many workloads are named. */
const NAMED = 3;

/** Of namespaces that come to ask for proxies: which pods have none until somebody has them made anew. */
export function unproxied(before: readonly Manifest[], after: readonly Manifest[]): string[] {
  const left = leftWithoutProxy(before, after);
  return [...new Set(left.map((m) => m.namespace))].sort().map((namespace) => {
    const own = left.filter((m) => m.namespace === namespace);
    const rollouts = own.filter((m) => m.kind === 'Rollout');
    const kinds = [...new Set(own.filter((m) => m.kind !== 'Rollout').map((m) => m.kind.toLowerCase()))].sort();
    const ways = [
      ...(kinds.length > 0 ? [`kubectl rollout restart ${kinds.join(',')} -n ${namespace}`] : []),
      ...rollouts.map((m) => `kubectl argo rollouts restart ${m.name} -n ${namespace}`),
    ];
    return `Namespace/${namespace} comes to ask for proxies, which pods get when they are made: those of ${listed(own.map(nameText), NAMED)} have none until you make them anew (${listed(ways, NAMED)}); what says STRICT, or who may call, is better applied after that`;
  });
}
