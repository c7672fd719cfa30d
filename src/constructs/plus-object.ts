import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { renderObject } from '../../imports/render-object';

/**
 * Renders a cdk8s-plus object as it says, JSON patches last: the classes behind cdk8s-plus drop every field that they do
 * not know, after patches were applied, so a field of a newer Kubernetes would be lost.
 */
export function patchedLast<T extends IConstruct>(construct: T): T {
  const object = ApiObject.of(construct) as unknown as ApiObject;
  object.toJson = () => renderObject(object);
  return construct;
}
