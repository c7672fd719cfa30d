import type { SchemaProblem } from './problem';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const NAME_PART = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
/** Bytes of all annotations of an object together. */
const ANNOTATIONS = 256 * 1024;
/** Kinds whose name becomes one label of a host name. */
const LABELS = new Set(['/Service', '/Namespace']);

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const isSubdomain = (text: string) => text.length <= 253 && SUBDOMAIN.test(text);
const isLabel = (text: string) => text.length <= 63 && LABEL.test(text);

/** `app`, or `example.com/app`. */
function isKey(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  return (slash < 0 || (slash > 0 && isSubdomain(key.slice(0, slash)))) && name.length <= 63 && NAME_PART.test(name);
}

/**
 * What the API server has against the metadata of an object of any kind: names, namespaces, labels and annotations.
 * Source: k8s.io/apimachinery/pkg/api/validation/objectmeta.go. Values of wrong types are told elsewhere.
 * @param kind `group/kind`
 */
export function metadataProblems(kind: string, metadata: Readonly<Record<string, any>>): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const say = (path: readonly string[], message: string) => problems.push({ path: ['metadata', ...path], message });
  const { name, namespace, labels, annotations } = metadata;
  const label = LABELS.has(kind);
  if (typeof name === 'string' && !(label ? isLabel(name) : isSubdomain(name)))
    say(
      ['name'],
      `is "${name}": lower-case letters, digits${label ? ' and "-"' : ', "-" and "."'} are allowed, a letter or digit at both ends, and ${label ? 63 : 253} characters`,
    );
  if (typeof namespace === 'string' && namespace !== '' && !isLabel(namespace))
    say(['namespace'], `is "${namespace}", which is no name of a namespace: lower-case letters, digits and "-" are allowed`);
  for (const [key, value] of entries(labels)) {
    if (!isKey(key))
      say(['labels', key], 'has a key that is none: a name of 63 characters, with a DNS name and "/" before it at most');
    if (typeof value === 'string' && value !== '' && !(value.length <= 63 && NAME_PART.test(value)))
      say(
        ['labels', key],
        `is "${value}": up to 63 letters, digits, "-", "_" and "." are allowed, a letter or digit at both ends`,
      );
  }
  let size = 0;
  for (const [key, value] of entries(annotations)) {
    size += key.length + String(value).length;
    if (!isKey(key.toLowerCase()))
      say(['annotations', key], 'has a key that is none: a name of 63 characters, with a DNS name and "/" before it at most');
  }
  if (size > ANNOTATIONS) say(['annotations'], `have ${size} bytes together, where ${ANNOTATIONS} are allowed`);
  return problems;
}

const entries = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
