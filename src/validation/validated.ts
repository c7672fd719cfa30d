import type { Manifest } from '../manifests/manifest';
import type { Field } from './field';

/** An object that is looked at. */
export interface Validated {
  readonly spec: Field;
  readonly metadata: Field;
  readonly name: string;
  /** `default` where none is said. */
  readonly namespace: string;
  readonly labels: Manifest['labels'];
  readonly annotations: Manifest['annotations'];
}
