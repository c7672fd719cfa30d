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
    const kinds = [...new Set(own.map((m) => m.kind.toLowerCase()))].sort().join(',');
    return `Namespace/${namespace} comes to ask for proxies, which pods get when they are made: those of ${listed(own.map(nameText), NAMED)} have none until you make them anew (kubectl rollout restart ${kinds} -n ${namespace}); what says STRICT, or who may call, is better applied after that`;
  });
}
