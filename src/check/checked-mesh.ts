import type { Manifest, Manifests, Unreadable } from '../manifests/manifest';
import type { Config } from '../model/config';
import { MeshModel, type ModelOptions } from '../model/mesh-model';
import { refused } from '../model/refused';
import { Suppressions } from './suppression';

/** Besides the objects. */
export interface CheckedMeshOptions extends ModelOptions {
  /** The day that it is, for what has an end. @default - today */
  readonly now?: Date;
}

/**
 * What rules look at: all objects as they are written, and the mesh that istiod makes of those that it would take.
 */
export class CheckedMesh {
  readonly manifests: readonly Manifest[];
  readonly unreadable: readonly Unreadable[];
  /** Of the objects that istiod's webhook lets in: what decides about requests. */
  readonly model: MeshModel;
  readonly now: Date;
  /** MeshConfig as it was given. */
  readonly meshConfig: Readonly<Record<string, any>>;
  /** What annotations of the objects suppress. */
  readonly suppressions: Suppressions;
  private readonly everything: MeshModel;

  constructor({ manifests, unreadable }: Manifests, { now, ...options }: CheckedMeshOptions = {}) {
    this.manifests = manifests;
    this.unreadable = unreadable;
    this.now = now ?? new Date();
    this.meshConfig = options.meshConfig ?? {};
    this.suppressions = new Suppressions(manifests, this.now);
    const kept = manifests.filter((m) => refused(m) === undefined);
    this.model = new MeshModel(kept, options);
    this.everything = kept.length === manifests.length ? this.model : new MeshModel(manifests, options);
  }

  /**
   * All objects of a kind, those that would be refused among them: what istioctl looks at. Istio's by kind alone, others as
   * `apps/Deployment`; of the core group by kind alone.
   */
  of(kind: string): readonly Config[] {
    return this.everything.of(kind);
  }
}

/** What several rules ask of a mesh, worked out when it is first asked for. */
export function ofMesh<T>(make: (mesh: CheckedMesh) => T): (mesh: CheckedMesh) => T {
  const known = new WeakMap<CheckedMesh, { readonly is: T }>();
  return (mesh) => {
    let made = known.get(mesh);
    if (!made) {
      made = { is: make(mesh) };
      known.set(mesh, made);
    }
    return made.is;
  };
}
