import type { FieldPath } from '../manifests/manifest';
import { Faults } from './faults';
import type { SchemaProblem } from './problem';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const NAME_PART = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
/** Bytes of all annotations of an object together. */
const ANNOTATIONS = 256 * 1024;
/** Kinds whose name becomes one label of a host name. */
const LABELS = new Set(['/Service', '/Namespace']);
/**
 * Kinds that take any name with which a path can be made, such as `system:node`. Source: ValidateRBACName, ValidateCertificateRequestName
 * and ValidateClusterTrustBundleName in pkg/apis of Kubernetes; of the last, that it begins with its signer is not looked at.
 */
const PATH_SEGMENTS = new Set([
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
]);

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** `a.b-c`: labels with dots between, as names of most objects are. */
export const isSubdomain = (text: string) => text.length <= 253 && SUBDOMAIN.test(text);
/** `a-b`: a DNS label, as names of Services, namespaces and containers are. */
export const isLabel = (text: string) => text.length <= 63 && LABEL.test(text);

/** `app`, or `example.com/app`. */
function isKey(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  return (slash < 0 || (slash > 0 && isSubdomain(key.slice(0, slash)))) && name.length <= 63 && NAME_PART.test(name);
}

/** What the API server has against labels, wherever they stand. Source: k8s.io/apimachinery, ValidateLabels. */
export function labelProblems(labels: unknown, path: FieldPath, faults: Faults): void {
  for (const [key, value] of entries(labels)) {
    if (!isKey(key))
      faults.say([...path, key], 'has a key that is none: a name of 63 characters, with a DNS name and "/" before it at most');
    if (typeof value === 'string' && value !== '' && !(value.length <= 63 && NAME_PART.test(value)))
      faults.say(
        [...path, key],
        `is "${value}": up to 63 letters, digits, "-", "_" and "." are allowed, a letter or digit at both ends`,
      );
  }
}

/**
 * What the API server has against the metadata of an object of any kind: names, namespaces, labels and annotations.
 * Source: k8s.io/apimachinery/pkg/api/validation/objectmeta.go. Values of wrong types are told elsewhere.
 * @param kind `group/kind`
 */
export function metadataProblems(kind: string, metadata: Readonly<Record<string, any>>): SchemaProblem[] {
  const faults = new Faults({ metadata });
  const { name, namespace, labels, annotations } = metadata;
  const label = LABELS.has(kind);
  if (typeof name === 'string' && PATH_SEGMENTS.has(kind)) {
    if (/^\.\.?$|[/%]/.test(name))
      faults.say(['metadata', 'name'], `is "${name}": all but "/" and "%" is allowed, and not "." or ".." alone`);
  } else if (typeof name === 'string' && !(label ? isLabel(name) : isSubdomain(name)))
    faults.say(
      ['metadata', 'name'],
      `is "${name}": lower-case letters, digits${label ? ' and "-"' : ', "-" and "."'} are allowed, a letter or digit at both ends, and ${label ? 63 : 253} characters`,
    );
  if (typeof namespace === 'string' && namespace !== '' && !isLabel(namespace))
    faults.say(
      ['metadata', 'namespace'],
      `is "${namespace}", which is no name of a namespace: lower-case letters, digits and "-" are allowed`,
    );
  labelProblems(labels, ['metadata', 'labels'], faults);
  let size = 0;
  for (const [key, value] of entries(annotations)) {
    size += key.length + String(value).length;
    if (!isKey(key.toLowerCase()))
      faults.say(
        ['metadata', 'annotations', key],
        'has a key that is none: a name of 63 characters, with a DNS name and "/" before it at most',
      );
  }
  if (size > ANNOTATIONS)
    faults.say(['metadata', 'annotations'], `have ${size} bytes together, where ${ANNOTATIONS} are allowed`);
  return faults.list;
}

const entries = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
