import type { FieldPath } from '../manifests/manifest';
import type { Config, Ref } from '../model/config';

/** A field of an object. */
export const at = (config: Config, ...path: FieldPath): Ref => ({ manifest: config.manifest, path });

/** Labels as people write a selector: `app=web,version=v1`. */
export const selectorText = (labels: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(labels ?? {})
    .map(([k, v]) => `${k}=${v}`)
    .sort()
    .join(',');

/** What is filed under a key, made when it is first asked for. */
export function filed<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
