import type { ApiObject, App } from 'cdk8s';
import { AppModel } from '../constructs/app-model';
import type { Origin } from '../routing/table';
import { sourceOf } from './plain-objects';

/** Name of the map, beside the YAML. No reader of manifests takes it for one. */
export const SOURCE_MAP = 'sources.map';

/** Where an object, or a part of one, comes from. */
export interface Source {
  readonly construct: string;
  /** `file:line` of the user's own code, from the folder that the app ran in. */
  readonly source?: string;
}

/** What the map says about one object. */
export interface ObjectSource extends Source {
  /** By field path (`spec.http.0`), for what other constructs than the object's own asked for. */
  readonly parts?: Readonly<Record<string, readonly Source[]>>;
}

/** The map beside the output: from the objects of the YAML back to the code. By {@link objectKey}. */
export interface SourceMap {
  readonly version: 1;
  readonly objects: Readonly<Record<string, ObjectSource>>;
  /**
   * The files that were written to this folder, from there, each with the SHA-256 of its content: by that `mesh synth`
   * knows which it may take away when nothing is written to them any more.
   */
  readonly files: Readonly<Record<string, string>>;
}

/** How the map names an object: what the API server tells objects apart by, and the version. */
export const objectKey = (o: { apiVersion: string; kind: string; namespace?: string | undefined; name: string }): string =>
  `${o.apiVersion} ${o.kind} ${o.namespace ?? ''}/${o.name}`;

/** The map of an app that has been synthesized. */
export function sourceMap(app: App, objects: Iterable<ApiObject>): Omit<SourceMap, 'files'> {
  const model = AppModel.find(app);
  const out: Record<string, ObjectSource> = {};
  for (const o of objects) {
    const { apiVersion, kind, name } = o;
    const source = sourceOf(o);
    const parts = model?.parts.get(o)?.();
    out[objectKey({ apiVersion, kind, name, namespace: o.metadata.namespace })] = {
      construct: o.node.path,
      ...(source ? { source } : {}),
      ...(parts && Object.keys(parts).length > 0
        ? { parts: Object.fromEntries(Object.entries(parts).map(([field, origins]) => [field, origins.map(said)])) }
        : {}),
    };
  }
  return { version: 1, objects: out };
}

const said = ({ construct, source }: Origin): Source => ({ construct, ...(source ? { source } : {}) });
