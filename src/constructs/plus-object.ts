import { ApiObject, JsonPatch } from 'cdk8s';
import type { IConstruct } from 'constructs';

/**
 * Makes JSON patches of a cdk8s-plus object apply to the YAML as it will be: the classes behind cdk8s-plus drop every
 * field that they do not know after patches were applied, so a field of a newer Kubernetes would be lost.
 */
export function patchedLast<T extends IConstruct>(construct: T): T {
  const object = ApiObject.of(construct) as unknown as { toJson(): unknown; readonly patches: JsonPatch[] };
  const known = object.toJson.bind(object);
  object.toJson = () => {
    const patches = object.patches.splice(0);
    try {
      return JsonPatch.apply(known(), ...patches);
    } finally {
      object.patches.push(...patches);
    }
  };
  return construct;
}
