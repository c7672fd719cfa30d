import type { Ref } from '../model/config';
import { servicesOf } from './analyzed-pods';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';

/** A host that destinations may name: of a Service, or of a ServiceEntry. */
export interface KnownHost {
  readonly ports: readonly number[];
  /** Of a ServiceEntry: which workloads it takes. */
  readonly selector: Readonly<Record<string, string>>;
  /** Where it is from; none for the gateway that istioctl takes to be there. */
  readonly at?: Ref;
  readonly kind: 'Service' | 'ServiceEntry';
  readonly name: string;
  readonly namespace: string;
}

/** The hosts of a mesh with the namespaces that they are exported to. Source: analyzers/util/service_lookup.go. */
export class KnownHosts {
  /** By scope, then by host. */
  private readonly scoped = new Map<string, Map<string, KnownHost>>();
  /** Wildcard hosts by what follows the `*`, with their scopes. */
  private readonly wild = new Map<string, { readonly scope: string; readonly known: KnownHost }[]>();

  constructor(mesh: CheckedMesh) {
    for (const { manifest, namespace, name, spec } of mesh.of('ServiceEntry')) {
      const known = (i: number): KnownHost => ({
        ports: ((spec.ports ?? []) as any[]).map((p) => p?.number ?? 0),
        selector: spec.workloadSelector?.labels ?? {},
        at: { manifest, path: ['spec', 'hosts', i] },
        kind: 'ServiceEntry',
        namespace,
        name,
      });
      const scopes = exportScopes(spec.exportTo, namespace);
      for (const [i, host] of ((spec.hosts ?? []) as string[]).entries())
        for (const scope of scopes) this.add(scope, fullHost(host, namespace), known(i));
    }
    for (const s of servicesOf(mesh)) {
      const known: KnownHost = {
        ports: ((s.spec.ports ?? []) as any[]).map((p) => p?.port ?? 0),
        selector: {},
        ...(s.config ? { at: { manifest: s.config.manifest, path: ['metadata', 'name'] } } : {}),
        kind: 'Service',
        namespace: s.namespace,
        name: s.name,
      };
      const said = s.annotations['networking.istio.io/exportTo'];
      const scopes = said ? said.split(',').map((n) => (n.trim() === '.' ? s.namespace : n.trim())) : ['*'];
      for (const scope of scopes) this.add(scope, fullHost(s.name, s.namespace), known);
    }
  }

  private add(scope: string, host: string, known: KnownHost): void {
    let hosts = this.scoped.get(scope);
    if (!hosts) {
      hosts = new Map();
      this.scoped.set(scope, hosts);
    }
    hosts.set(host, known);
    if (!host.startsWith('*')) return;
    const rest = host.slice(1);
    const list = this.wild.get(rest);
    if (list) list.push({ scope, known });
    else this.wild.set(rest, [{ scope, known }]);
  }

  /**
   * What an object of a namespace means by a host.
   * @param exportTo of the object: istioctl looks for the host there, too
   */
  find(host: string, namespace: string, exportTo: readonly string[] = []): KnownHost | undefined {
    const full = fullHost(host, namespace);
    const everywhere = this.scoped.get('*')?.get(full);
    if (everywhere) return everywhere;
    for (const scope of exportTo.length === 0 ? [namespace] : exportTo) {
      const known = this.scoped.get(scope === '.' ? namespace : scope)?.get(full);
      if (known) return known;
    }
    const tail = host.startsWith('*') ? host.slice(1) : host;
    for (let i = 0; i <= tail.length && this.wild.size > 0; i++) {
      const known = this.wild.get(tail.slice(i))?.find((w) => w.scope === '*' || w.scope === namespace);
      if (known) return known.known;
    }
    return undefined;
  }

  /**
   * Hosts that may have been meant, for hints: those with the same first label, and those of the namespace that is named, or
   * of the object's own. Not all of a mesh: there may be thousands.
   */
  near(host: string, namespace: string): string[] {
    this.byLabel ??= this.labelled();
    const [first = '', second] = host.replace(/^\*\.?/, '').split('.');
    const out = new Set<string>();
    for (const key of [`${first}.`, `.${second ?? namespace}`, `.${namespace}`])
      for (const { scope, name } of this.byLabel.get(key) ?? []) if (scope === '*' || scope === namespace) out.add(name);
    return [...out];
  }

  private byLabel: Map<string, { readonly scope: string; readonly name: string }[]> | undefined;

  private labelled(): Map<string, { readonly scope: string; readonly name: string }[]> {
    const out = new Map<string, { readonly scope: string; readonly name: string }[]>();
    for (const [scope, hosts] of this.scoped)
      for (const [name, { namespace }] of hosts) {
        const named = { scope, name };
        filed(out, `${name.split('.')[0]}.`, named);
        filed(out, `.${namespace}`, named);
      }
    return out;
  }

  /** Whether a host stands for others, of which some are known. */
  hasWithin(wildcard: string): boolean {
    const tail = wildcard.slice(1);
    for (const hosts of this.scoped.values()) for (const host of hosts.keys()) if (host.endsWith(tail)) return true;
    return false;
  }
}

/** The hosts of a mesh. */
export const knownHosts: (mesh: CheckedMesh) => KnownHosts = ofMesh((mesh) => new KnownHosts(mesh));

/** Namespaces that an object is exported to: `*` for all. */
export function exportScopes(exportTo: readonly string[] | undefined, namespace: string): readonly string[] {
  if (!exportTo || exportTo.length === 0 || exportTo.includes('*')) return ['*'];
  return [...new Set(exportTo.map((e) => (e === '.' ? namespace : e)))];
}

/** A name without dots is a Service of the object's own namespace. Source: analyzers/util/hosts.go. */
export const fullHost = (host: string, namespace: string): string =>
  host.startsWith('*') || host.includes('.') ? host : `${host}.${namespace}.svc.cluster.local`;
