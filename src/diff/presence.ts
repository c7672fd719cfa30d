import type { Manifest } from '../manifests/manifest';
import { type Config, objectText, type Ref } from '../model/config';
import type { MeshModel } from '../model/mesh-model';
import { canonical } from './canonical';
import { keyOf } from './facts';

/** Something that one of the meshes alone has. */
export interface Presence {
  readonly text: string;
  readonly old: Ref | undefined;
  readonly now: Ref | undefined;
}

/** Services, their ports, workloads and gateways that are new or gone: said once, and not for each who asks them. */
export function presence(old: MeshModel, now: MeshModel): Presence[] {
  const out: Presence[] = [];
  const ref = (m: Manifest): Ref => ({ manifest: m, path: [] });
  const compare = <T>(
    all: (m: MeshModel) => readonly T[],
    key: (x: T) => string,
    text: (x: T) => string,
    of: (x: T) => Manifest,
  ) => {
    const [a, b] = [all(old), all(now)].map((list) => new Map(list.map((x) => [key(x), x])));
    for (const [k, x] of a!) if (!b!.has(k)) out.push({ text: `${text(x)} is gone`, old: ref(of(x)), now: undefined });
    for (const [k, x] of b!) if (!a!.has(k)) out.push({ text: `${text(x)} is new`, old: undefined, now: ref(of(x)) });
  };
  const manifest = (x: { readonly config: { readonly manifest: Manifest } }) => x.config.manifest;
  compare(
    (m) => m.services,
    (s) => s.host,
    (s) => (s.registry === 'Kubernetes' ? objectText(s.config.manifest) : `host ${s.host}`),
    manifest,
  );
  const hosts = { old: new Set(old.services.map((s) => s.host)), now: new Set(now.services.map((s) => s.host)) };
  compare(
    (m) =>
      m.services.filter((s) => hosts.old.has(s.host) && hosts.now.has(s.host)).flatMap((s) => s.ports.map((p) => ({ ...s, p }))),
    (s) => `${s.host}:${s.p.port}`,
    (s) => `port ${s.p.port} of ${s.registry === 'Kubernetes' ? objectText(s.config.manifest) : `host ${s.host}`}`,
    manifest,
  );
  compare(
    (m) => m.workloads,
    keyOf,
    (w) => objectText(w.config.manifest),
    manifest,
  );
  compare(
    (m) => m.gateways,
    (g) => `${g.namespace}/${g.name}`,
    (g) => objectText(g.manifest),
    (g) => g.manifest,
  );
  out.push(...notUnderstood(old, now), ...settingsNotUnderstood(old, now));
  return out;
}

/** What the trace does not follow, and may change requests all the same. */
const UNKNOWN = [
  'EnvoyFilter',
  'WasmPlugin',
  'networking.k8s.io/NetworkPolicy',
  'networking.k8s.io/Ingress',
  ...['Gateway', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map((k) => `gateway.networking.k8s.io/${k}`),
];

/** Objects that differ and that no request here tells of. */
function notUnderstood(old: MeshModel, now: MeshModel): Presence[] {
  const all = (m: MeshModel) => {
    const custom = m.of('AuthorizationPolicy').filter((c) => c.spec.action === 'CUSTOM');
    const list = [...UNKNOWN.flatMap((k) => m.of(k)), ...custom];
    return new Map(list.map((c) => [objectText(c.manifest), c]));
  };
  const [a, b] = [all(old), all(now)];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => {
    const [x, y] = [a.get(name), b.get(name)];
    if (x && y && canonical(x.spec) === canonical(y.spec)) return [];
    const how = !x ? 'is new' : !y ? 'is gone' : 'differs';
    const ref = (c: Config | undefined): Ref | undefined => c && { manifest: c.manifest, path: ['spec'] };
    return [{ text: `${name} ${how}, and may change requests: it is not understood here`, old: ref(x), now: ref(y) }];
  });
}

/** `defaultConfig.proxyHeaders` of MeshConfig. */
const fieldAt = (of: unknown, path: string): unknown =>
  path.split('.').reduce((value, field) => (value as Record<string, unknown> | undefined)?.[field], of) ?? null;

/** Fields of MeshConfig that differ and that no request here tells of. */
function settingsNotUnderstood({ mesh: a }: MeshModel, { mesh: b }: MeshModel): Presence[] {
  const fields = new Set([...a.notUnderstood, ...b.notUnderstood].map((f) => f.split(' ')[0]!));
  return [...fields].flatMap((f) =>
    canonical(fieldAt(a.given, f)) === canonical(fieldAt(b.given, f))
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
