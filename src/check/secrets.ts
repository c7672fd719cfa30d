import type { Config } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';

/** Secrets that the manifests hold, and those that controllers make of other objects. */
export class Secrets {
  private readonly secrets = new Map<string, Config | undefined>();
  private readonly namespaces = new Set<string>();

  constructor(mesh: CheckedMesh) {
    for (const c of mesh.of('Secret')) this.add(c.namespace, c.name, c);
    for (const c of mesh.of('cert-manager.io/Certificate')) this.add(c.namespace, c.spec.secretName);
    for (const c of mesh.of('bitnami.com/SealedSecret')) this.add(c.namespace, c.spec.template?.metadata?.name ?? c.name);
    for (const c of mesh.of('external-secrets.io/ExternalSecret')) this.add(c.namespace, c.spec.target?.name ?? c.name);
  }

  private add(namespace: string, name: unknown, config?: Config): void {
    if (typeof name !== 'string') return;
    this.namespaces.add(namespace);
    this.secrets.set(`${namespace}/${name}`, config ?? this.secrets.get(`${namespace}/${name}`));
  }

  /** Whether there is a Secret `namespace/name`. */
  has(key: string): boolean {
    return this.secrets.has(key);
  }

  /** The Secret itself, where it is written. */
  get(key: string): Config | undefined {
    return this.secrets.get(key);
  }

  /** Whether the manifests hold Secrets of a namespace: if not, they are kept elsewhere. */
  knows(namespace: string): boolean {
    return this.namespaces.has(namespace);
  }

  names(): Iterable<string> {
    return this.secrets.keys();
  }
}

/** The Secrets of a mesh. */
export const secretsOf: (mesh: CheckedMesh) => Secrets = ofMesh((mesh) => new Secrets(mesh));
