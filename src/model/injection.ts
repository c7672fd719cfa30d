import type { Manifest } from '../manifests/manifest';

type Labels = Readonly<Record<string, string>>;

const INJECT = 'sidecar.istio.io/inject';
const REVISION = 'istio.io/rev';

/**
 * Whether Istio's webhook gives pods of a template a proxy. A namespace whose object is not there is taken to ask for it; one of
 * ambient mode too, since answers are for sidecars.
 * Source: istio-discovery's mutatingwebhook.yaml, and pkg/kube/inject/inject.go, injectRequired.
 */
export function isInjected(namespace: Manifest | undefined, labels: Labels, annotations: Labels): boolean {
  const said = labels[INJECT] ?? annotations[INJECT];
  if (said === 'false') return false;
  if (!namespace || namespace.labels['istio.io/dataplane-mode'] === 'ambient') return true;
  const asked = namespace.labels['istio-injection'];
  if (asked === 'disabled') return false;
  if (asked === 'enabled' || namespace.labels[REVISION] !== undefined) return true;
  return labels[INJECT] === 'true' || labels[REVISION] !== undefined;
}
