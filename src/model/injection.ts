import type { Manifest } from '../manifests/manifest';

type Labels = Readonly<Record<string, string>>;

const INJECT = 'sidecar.istio.io/inject';
const REVISION = 'istio.io/rev';

/** Namespaces that the webhook leaves alone. Source: pkg/kube/inject/initializer.go, IgnoredNamespaces. */
const IGNORED = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);

/** What the webhook looks at. */
interface Template {
  /** Name of the namespace. */
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** The pods share the network of their node. */
  readonly hostNetwork: boolean;
}

/**
 * Whether Istio's webhook gives pods of a template a proxy. A namespace whose object is not there is taken to ask for it; one of
 * ambient mode too, since answers are for sidecars.
 * Source: istio-discovery's mutatingwebhook.yaml, and pkg/kube/inject/inject.go, injectRequired.
 */
export function isInjected(space: Manifest | undefined, { namespace, labels, annotations, hostNetwork }: Template): boolean {
  if (hostNetwork || IGNORED.has(namespace)) return false;
  const said = labels[INJECT] ?? annotations[INJECT];
  if (said === 'false') return false;
  if (!space || space.labels['istio.io/dataplane-mode'] === 'ambient') return true;
  return asksForProxies(space) ?? (labels[INJECT] === 'true' || labels[REVISION] !== undefined);
}

/** Whether a template has a proxy itself: those of gateways that istioctl installs, or what `istioctl kube-inject` wrote. */
export const hasProxyContainer = ({ containers, initContainers }: Readonly<Record<string, any>>): boolean =>
  [containers, initContainers].some((all) => Array.isArray(all) && all.some((c) => c?.name === 'istio-proxy'));

/** Whether a namespace asks for proxies for its pods; nothing where it says nothing. */
export function asksForProxies({ labels }: Manifest): boolean | undefined {
  const asked = labels['istio-injection'];
  // another value, whatever it is, is none that a webhook of Istio's is for
  if (asked !== undefined) return asked === 'enabled';
  return labels[REVISION] === undefined ? undefined : true;
}
