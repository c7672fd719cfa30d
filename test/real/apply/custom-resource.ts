import type { KubeObject } from '../manifests';

/** What most kinds of the lane have in common, where one of them is otherwise. */
export interface CustomResource {
  /** @default 'lab.example.com' */
  readonly group?: string;
  /** @default 'v1' */
  readonly version?: string;
  /** What of the schema goes beyond that it is an object. */
  readonly schema?: object;
  /** Parts of an object that are written at a path of their own. @default none */
  readonly subresources?: object;
}

/** The CustomResourceDefinition of a kind with objects in namespaces. */
export function customResource(
  kind: string,
  { group = 'lab.example.com', version = 'v1', schema = {}, subresources }: CustomResource = {},
): KubeObject {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular, listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(subresources ? { subresources } : {}),
          schema: { openAPIV3Schema: { type: 'object', ...schema } },
        },
      ],
    },
  };
}

/** The schema of objects with such fields in their spec. */
export const specWith = (fields: Readonly<Record<string, object>>): object => ({
  properties: { spec: { type: 'object', properties: fields } },
});
