import type { FieldPath } from '../manifests/manifest';

/** Something that Istio's validation says about an object. */
export interface Problem {
  /** `error`: the webhook refuses the object. `warning`, `info`: it lets it in, and says so. */
  readonly severity: 'error' | 'warning' | 'info';
  /** The field that it is about: `['spec', 'http', 0, 'route', 1, 'weight']`. A field that is missing is named where it would stand. */
  readonly path: FieldPath;
  /** What is wrong, and the way out where that is not plain. Begins in lower case, without the field's name. */
  readonly message: string;
  /** istioctl's own code, where it gives one: of errors it is IST0106 otherwise, of warnings IST0133. */
  readonly code?: 'IST0130' | 'IST0131' | 'KIA1108';
}
