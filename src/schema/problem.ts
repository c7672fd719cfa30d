import type { FieldPath } from '../manifests/manifest';

/** Something for which the API server refuses an object (with `fieldValidation=Strict`, as kubectl asks it to). */
export interface SchemaProblem {
  readonly path: FieldPath;
  /** `is 70000, where at most 65535 is wanted`: follows the field's name. */
  readonly message: string;
  /** `did you mean "route"?`, where something can be said. */
  readonly hint?: string;
}
