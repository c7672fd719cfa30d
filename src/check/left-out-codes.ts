/** A code of istioctl or Kiali that no rule has. */
export interface LeftOutCode {
  readonly codes: readonly string[];
  /** What it is given for. */
  readonly what: string;
  /** Why there is no rule for it. */
  readonly why: string;
}

/**
 * The codes of others that are left out. Sources: istio/istio pkg/config/analysis/msg/messages.yaml; kiali/kiali
 * models/istio_validation.go.
 */
export const LEFT_OUT: readonly LeftOutCode[] = [
  { codes: ['IST0001'], what: 'an error within istioctl', why: 'It is about istioctl itself.' },
  {
    codes: ['IST0126'],
    what: 'a registry of MeshNetworks that is not known',
    why: 'MeshNetworks names the Secrets of other clusters, and is no input here.',
  },
  {
    codes: ['IST0136'],
    what: 'an annotation of alpha maturity',
    why: '`istioctl analyze` does not give it, only `istioctl experimental precheck`.',
  },
  {
    codes: ['IST0141', 'IST0142'],
    what: 'permissions that are missing for an installation; a Kubernetes that is too old',
    why: 'They are about a cluster, not about manifests.',
  },
  {
    codes: ['IST0143'],
    what: 'a port of a Service that listens on localhost',
    why: 'Where a process listens is known in its pod alone.',
  },
  {
    codes: ['IST0156', 'IST0172'],
    what: "a version of the Gateway API's CRDs that is too old, or will be",
    why: 'The control plane that is installed decides which are needed; of the version of an object tells `gateway-api-too-old` (IST0176).',
  },
  {
    codes: ['IST0168', 'IST0169'],
    what: 'a setting whose meaning changes with an upgrade of Istio',
    why: 'It compares the installed version with the next one (`istioctl experimental precheck`).',
  },
  { codes: ['IST0170'], what: 'a Service that differs between clusters', why: 'Manifests are taken as those of one cluster.' },
  {
    codes: ['KIA0107', 'KIA0108'],
    what: 'a principal of another cluster, or of a trust domain that Kiali does not know',
    why: 'Which clusters there are is known to a running mesh alone.',
  },
  {
    codes: ['KIA0205', 'KIA0206'],
    what: 'a DestinationRule with ISTIO_MUTUAL, and no PeerAuthentication that asks for it',
    why: 'Without a PeerAuthentication workloads take mutual TLS and plaintext (PERMISSIVE), so nothing fails. Where they take none, `tls-mode-not-taken` says so.',
  },
  {
    codes: ['KIA1007'],
    what: 'an outboundTrafficPolicy without a mode',
    why: 'Kiali cannot tell what was written once the API server has it; here what is written is read, and no mode is REGISTRY_ONLY, as istiod has it.',
  },
  {
    codes: ['KIA1314', 'KIA1315'],
    what: 'a pod that has a sidecar and is redirected to ztunnel',
    why: 'Pods of a cluster show it; of templates tells `sidecar-and-ambient` (KIA1311, KIA1316).',
  },
  {
    codes: ['KIA1317'],
    what: 'a workload with policies about requests, and no waypoint',
    why: 'It is told at the policy: `ambient-policy-without-target` (KIA0109, KIA0110), `ambient-policy-without-waypoint`.',
  },
  {
    codes: ['KIA1504'],
    what: 'a class of Gateways that is not in the configuration of Kiali',
    why: 'It is about the configuration of Kiali.',
  },
];

/** Why no rule has a code, where it is one of istioctl's or Kiali's. */
export const leftOut = (code: string): LeftOutCode | undefined => LEFT_OUT.find((l) => l.codes.includes(code));
