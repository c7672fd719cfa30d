import type { Manifest } from '../manifests/manifest';
import { objectText, type Ref } from '../model/config';
import type { MeshModel } from '../model/mesh-model';
import { keyOf } from './facts';
import { mayChange } from './may-change';

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
  out.push(...mayChange(old, now));
  return out;
}
