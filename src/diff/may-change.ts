import { keyOf } from '../manifests/key-of';
import { type FieldPath, fieldText, type Manifest } from '../manifests/manifest';
import { objectText, type Ref } from '../model/config';
import { unknownInterception } from '../model/interception';
import type { MeshModel } from '../model/mesh-model';
import { type Unknown, unknownOf } from '../model/not-understood';
import { rateLimitsOf } from '../model/rate-limits';
import { canonical } from './canonical';
import type { Presence } from './presence';

/** Groups whose objects may touch requests, whatever kinds they have. */
const TOUCHING =
  /(^|\.)(istio\.io|networking\.k8s\.io|networking\.x-k8s\.io|cilium\.io|projectcalico\.org|flagger\.app|smi-spec\.io)$/;
/** Their kinds that the trace follows, or that change no request. */
const FOLLOWED = new Set([
  ...['VirtualService', 'DestinationRule', 'Gateway', 'Sidecar', 'ServiceEntry', 'WorkloadEntry', 'WorkloadGroup'].map(
    (k) => `networking.istio.io/${k}`,
  ),
  ...['PeerAuthentication', 'RequestAuthentication', 'AuthorizationPolicy'].map((k) => `security.istio.io/${k}`),
  'telemetry.istio.io/Telemetry',
  'networking.k8s.io/IngressClass',
]);

/** Fields that move requests in ways that are not followed. */
const FIELDS: Readonly<Record<string, readonly FieldPath[]>> = {
  Service: [
    ['spec', 'internalTrafficPolicy'],
    ['spec', 'trafficDistribution'],
    ['metadata', 'annotations', 'networking.istio.io/traffic-distribution'],
    ['metadata', 'annotations', 'service.kubernetes.io/topology-mode'],
  ],
};
/** What such a field says where it moves nothing: the server fills in the latter. */
const STANDARD = new Set<unknown>([undefined, 'Cluster']);
const OF_PODS = ['proxy.istio.io/config', 'sidecar.istio.io/bootstrapOverride'];

/** What tools write down for themselves. */
const KEPT_BY_TOOLS =
  /^(kubectl\.kubernetes\.io\/last-applied-configuration$|meta\.helm\.sh\/|argocd\.argoproj\.io\/|kustomize\.toolkit\.fluxcd\.io\/)/;

/** Something that the trace does not follow. */
interface Unfollowed {
  readonly by: Ref;
  /** What it is called, for people. */
  readonly name: string;
  /** The same while it is the same. */
  readonly value: string;
  readonly reason: string;
}

/** All that differs and that no request here tells of: objects, fields, and settings of the mesh. */
export function mayChange(old: MeshModel, now: MeshModel): Presence[] {
  const [a, b] = [unfollowed(old), unfollowed(now)];
  const out = [...new Set([...a.keys(), ...b.keys()])].flatMap((key): Presence[] => {
    const [x, y] = [a.get(key), b.get(key)];
    if (x && y && x.value === y.value) return [];
    const how = !x ? 'is new' : !y ? 'is gone' : 'differs';
    const { name, reason } = (y ?? x)!;
    return [{ text: `${name} ${how}, and may change requests: ${reason}`, old: x?.by, now: y?.by }];
  });
  return [...out, ...settings(old, now)];
}

/** By what each is about, and why. */
function unfollowed(m: MeshModel): Map<string, Unfollowed> {
  const out = new Map<string, Unfollowed>();
  const whole = new Set<Manifest>();
  for (const config of m.objects) {
    const { manifest } = config;
    if (!isUnfollowed(manifest)) continue;
    whole.add(manifest);
    const { status: _, ...said } = manifest.object;
    const annotations = Object.entries(manifest.annotations).filter(([name]) => !KEPT_BY_TOOLS.test(name));
    const value = canonical({ ...said, metadata: Object.fromEntries(annotations), apiVersion: manifest.group });
    const by: Ref = { manifest, path: 'spec' in manifest.object ? ['spec'] : [] };
    const limits = manifest.kind === 'EnvoyFilter' && rateLimitsOf(config);
    const reason = limits ? 'it limits how many get through' : 'it is not understood here';
    out.set(keyOf(manifest), { by, name: objectText(manifest), value, reason });
  }
  const field = (by: Ref, reason: string) => {
    if (whole.has(by.manifest)) return;
    const value = canonical(fieldAt(by.manifest.object, by.path) ?? null);
    const name = `${fieldText(by.path)} of ${objectText(by.manifest)}`;
    out.set(`${keyOf(by.manifest)} ${fieldText(by.path)} ${reason}`, { by, name, value, reason });
  };
  const told = ({ by, reason }: Unknown) => by && field(by, reason);
  for (const { manifest } of m.objects)
    for (const path of manifest.group === '' ? (FIELDS[manifest.kind] ?? []) : [])
      if (!STANDARD.has(fieldAt(manifest.object, path))) field({ manifest, path }, 'it is not understood here');
  const asked = new Set<string>();
  for (const w of m.workloads) {
    const { manifest } = w.config;
    for (const name of OF_PODS)
      if (w.annotations[name] !== undefined)
        field({ manifest, path: [...w.template, 'metadata', 'annotations', name] }, 'it is not understood here');
    if (w.hasSidecar) for (const d of ['inbound', 'outbound'] as const) unknownInterception(w, d).forEach(told);
    // those of one namespace and the same labels have the same
    const whose = canonical([w.namespace, w.labels]);
    if (asked.has(whose)) continue;
    asked.add(whose);
    m.unknownFor(w).forEach(told);
  }
  for (const g of m.gateways) m.unknownFor({ namespace: g.namespace, labels: g.spec.selector ?? {} }).forEach(told);
  for (const s of m.services) unknownOf(s).forEach(told);
  return out;
}

function isUnfollowed({ group, kind, object }: Manifest): boolean {
  if (group === 'security.istio.io' && kind === 'AuthorizationPolicy') return object.spec?.action === 'CUSTOM';
  return TOUCHING.test(group) && !FOLLOWED.has(`${group}/${kind}`);
}

const fieldAt = (of: unknown, path: FieldPath): unknown =>
  path.reduce<any>((value, name) => (typeof value === 'object' && value !== null ? value[name] : undefined), of);

/** Fields of MeshConfig that differ and that no request here tells of. */
function settings({ mesh: a }: MeshModel, { mesh: b }: MeshModel): Presence[] {
  const fields = new Set([...a.notUnderstood, ...b.notUnderstood].map((f) => f.split(' ')[0]!));
  // `defaultConfig.proxyHeaders`
  const at = (of: unknown, field: string) => canonical(fieldAt(of, field.split('.')) ?? null);
  return [...fields].flatMap((f) =>
    at(a.given, f) === at(b.given, f)
      ? []
      : [
          {
            text: `MeshConfig's ${f} differs, and may change requests: it is not understood here`,
            old: undefined,
            now: undefined,
          },
        ],
  );
}
