import { lastOfEach } from '../manifests/last-of-each';
import type { Manifest, Manifests, Place, Unreadable } from '../manifests/manifest';
import type { Config } from '../model/config';
import { MeshModel, type ModelOptions } from '../model/mesh-model';
import type { SchemaProblem } from '../schema/problem';
import { schemaProblems } from '../schema/schema-problems';
import { type Problem, validate } from '../validation/validate';
import { Suppressions } from './suppression';

/** Besides the objects. */
export interface CheckedMeshOptions extends ModelOptions {
  /** The day that it is, for what has an end. @default - today */
  readonly now?: Date;
  /** The file that MeshConfig was read from. @default - what the ConfigMap `istio` of the manifests holds */
  readonly meshConfigFile?: TextFile;
}

/** A text that is a file, or a part of one. */
export interface TextFile {
  readonly text: string;
  /** Where a line and a column of the text, from 1, are in the file. */
  place(line: number, column: number): Place;
}

/**
 * What rules look at: all objects as they are written, and the mesh that istiod makes of those that it would take.
 */
export class CheckedMesh {
  readonly manifests: readonly Manifest[];
  readonly unreadable: readonly Unreadable[];
  /** Of which a value has a wrong type, so that no rule but the schema's can look at them. */
  readonly misshapen: readonly Manifest[];
  /** What Istio's webhook refuses, so that it is not in the model. */
  readonly invalid: readonly Manifest[];
  /** Of the objects that istiod's webhook lets in, of one that is written twice the last: what decides about requests. */
  readonly model: MeshModel;
  readonly now: Date;
  /** What Istio's validation says, by object; those of which it says nothing are not there. */
  readonly problems: ReadonlyMap<Manifest, readonly Problem[]>;
  /** For what the API server refuses objects, those that are unreadable for a wrong type among them. */
  readonly schemaProblems: ReadonlyMap<Manifest, readonly SchemaProblem[]>;
  /** MeshConfig as it was given. */
  readonly meshConfig: Readonly<Record<string, any>>;
  /** Where it was read from, if it was a file of its own. */
  readonly meshConfigFile: TextFile | undefined;
  /** What annotations of the objects suppress. */
  readonly suppressions: Suppressions;
  private readonly everything: MeshModel;

  constructor({ manifests, unreadable }: Manifests, { now, meshConfigFile, ...options }: CheckedMeshOptions = {}) {
    this.manifests = manifests;
    this.unreadable = unreadable;
    this.now = now ?? new Date();
    this.meshConfigFile = meshConfigFile;
    this.meshConfig = options.meshConfig ?? {};
    this.suppressions = new Suppressions(manifests, this.now);
    this.problems = said(manifests, validate);
    this.misshapen = unreadable.flatMap((u) => u.manifest ?? []);
    this.invalid = manifests.filter((m) => this.problems.get(m)?.some((p) => p.severity === 'error'));
    this.schemaProblems = said([...manifests, ...this.misshapen], schemaProblems);
    const refused = new Set(this.invalid);
    const kept = lastOfEach(refused.size === 0 ? manifests : manifests.filter((m) => !refused.has(m)));
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

/** What there is to say of objects, without those of which there is nothing. */
function said<T>(manifests: readonly Manifest[], of: (m: Manifest) => readonly T[]): Map<Manifest, readonly T[]> {
  const out = new Map<Manifest, readonly T[]>();
  for (const m of manifests) {
    const found = of(m);
    if (found.length > 0) out.set(m, found);
  }
  return out;
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
