import { SCHEMAS } from '../../imports/schemas';
import { KINDS, META } from '../../imports/shapes';
import type { Manifest } from '../manifests/manifest';
import { fits, misshapen } from '../manifests/shape';
import { isBraces, UNRENDERED } from '../manifests/template';
import { kindProblem } from './kind-problems';
import { kubernetesProblems } from './kubernetes-problems';
import { metadataProblems } from './metadata-problems';
import type { SchemaProblem } from './problem';
import { shapeProblems } from './shape-problems';
import { specProblems } from './spec-problems';

export type { SchemaProblem } from './problem';

/**
 * Everything for which the API server would refuse an object when it is asked to be strict, before any webhook is asked:
 * fields that its kind does not know, wrong types, limits, and the CEL rules of Istio's CRDs; for Kubernetes' own kinds that
 * are known, fields, types, and what meshes are broken by. Of a kind that nobody knows the metadata is looked at. Empty when there is nothing.
 *
 * Fields that were written without a value count: of Istio's kinds server-side apply refuses most of them.
 * Source: Istio's CRDs and Kubernetes' API, as `npm run import` has written them to `imports/`.
 */
export function schemaProblems(manifest: Pick<Manifest, 'object' | 'empty'>): readonly SchemaProblem[] {
  const object = written(manifest);
  const { apiVersion, kind, metadata = {}, spec } = object;
  const slash = apiVersion.indexOf('/');
  const group = apiVersion.slice(0, Math.max(0, slash));
  const key = `${group}/${kind}`;
  const unknown = kindProblem(group, apiVersion.slice(slash + 1), kind);
  const schema = SCHEMAS[key];
  const shape = KINDS[key];
  const problems: SchemaProblem[] = unknown === undefined ? [] : [unknown];
  if (fits(object)) {
    // nothing about fields and types
  } else if (schema === undefined && shape !== undefined) problems.push(...shapeProblems(key, object, shape, [], true));
  else {
    problems.push(...shapeProblems(key, metadata, META, ['metadata'], true));
    if (shape !== undefined) problems.push(...shapeProblems(key, { ...object, metadata: {} }, shape, [], false));
  }
  problems.push(...metadataProblems(key, metadata));
  // what is required of a value says nothing about one of another type
  if (unknown === undefined && schema === undefined && (fits(object) || misshapen(object) === undefined))
    problems.push(...kubernetesProblems(key, object));
  if (schema !== undefined && spec !== undefined) problems.push(...specProblems(schema.load(), spec));
  else if (schema?.needsSpec) problems.push({ path: [], message: 'has no spec, which is required' });
  const { empty = [] } = manifest;
  return problems.map((p) => (isBraces(p.path, empty) ? { ...p, message: `is ${UNRENDERED}` } : p));
}

/** The object with the fields that were written without a value. */
function written({ object, empty = [] }: Pick<Manifest, 'object' | 'empty'>): Readonly<Record<string, any>> {
  if (empty.length === 0) return object;
  const copy = structuredClone(object);
  for (const path of empty) {
    const parent = path.slice(0, -1).reduce((value: any, key) => value[key], copy);
    parent[path.at(-1)!] = null;
  }
  return copy;
}
