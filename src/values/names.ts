import { shown } from './shown';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Throws unless the text is a DNS label, as names of Services, namespaces and subsets have to be (RFC 1123). */
export function dnsLabel(name: string, what: string): string {
  text(name, what);
  if (name.length > 63) throw new Error(`${what} is "${name}", which has ${name.length} characters: 63 are allowed`);
  if (!LABEL.test(name))
    throw new Error(
      `${what} is "${name}": only lower-case letters, digits and "-" are allowed, and a letter or digit at both ends`,
    );
  return name;
}

/**
 * Throws unless the text is the name of a ServiceAccount: a DNS subdomain, as Kubernetes has it. Anything else, such as
 * `*`, would mean other identities than one in an AuthorizationPolicy.
 */
export const accountName = (name: string, what: string): string => dnsSubdomain(name, what, 'the name of a service account');

/**
 * Throws unless the text is a DNS subdomain: labels with dots between them, as names of most objects are (RFC 1123).
 * @param is what it would have to be, in the error
 */
export function dnsSubdomain(name: string, what: string, is = 'a DNS name'): string {
  text(name, what);
  if (name.length > 253) throw new Error(`${what} is "${name}", which has ${name.length} characters: 253 are allowed`);
  if (!name.split('.').every((label) => LABEL.test(label)))
    throw new Error(
      `${what} is "${name}", which is not ${is}: only lower-case letters, digits, "-" and "." are allowed, and a letter or digit at both ends`,
    );
  return name;
}

/** Throws unless the text is a full host name; `*` may stand for the first label where `wildcard` is allowed. */
export function hostName(host: string, what: string, wildcard = false): string {
  text(host, what);
  if (host.includes('://'))
    throw new Error(`${what} is "${host}": give the host name alone, without "${host.slice(0, host.indexOf('://') + 3)}"`);
  if (/:\d+$/.test(host)) throw new Error(`${what} is "${host}": give the host without a port; Istio matches hosts without it`);
  const rest = wildcard && host.startsWith('*.') ? host.slice(2) : wildcard && host === '*' ? 'a' : host;
  if (host.startsWith('*') && !wildcard) throw new Error(`${what} is "${host}": a wildcard is not possible here`);
  if (host.length > 253) throw new Error(`${what} is "${host}", which has ${host.length} characters: 253 are allowed`);
  for (const label of rest.split('.')) {
    if (!LABEL.test(label) || label.length > 63)
      throw new Error(
        `${what} is "${host}", which is not a host name: "${label}" has to be lower-case letters, digits and "-"${wildcard ? '; "*" stands for the whole first label only' : ''}`,
      );
  }
  if (/(^|\.)\d+$/.test(rest))
    throw new Error(`${what} is "${host}", which is not a host name: its last part is a number, as of an IP`);
  return host;
}

/**
 * `ProductPage` -> `product-page`, `AliceSees500` -> `alice-sees-500`, `ReviewsV2` -> `reviews-v2`: the default name of an object.
 * Digits are a word of their own after a word of two letters or more; an id that is a name already (`svc10`) stays as it is. Letters that a name cannot have stay, so that it is refused rather than another one.
 */
export function kebab(id: string): string {
  if (LABEL.test(id)) return id;
  return id
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .replace(/([a-z]{2})(\d)/g, '$1-$2')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
}

/**
 * Throws unless the value is text, and not empty unless that is said. What is text here decides how objects refer to each
 * other while the app is built, so a value that is known later cannot be one.
 */
export function text(value: unknown, what: string, empty?: 'or empty'): string {
  if (typeof value === 'string' && (value !== '' || empty)) return value;
  if (value === '') throw new Error(`${what} is empty`);
  throw new Error(`${what} is ${value === undefined ? 'missing' : shown(value)}: it has to be text`);
}

/** What was probably meant, as ` (did you mean "v2"?)`; several when they are equally near, empty when none is. */
export function didYouMean(given: string, candidates: readonly string[]): string {
  const most = Math.max(1, Math.floor(given.length / 3));
  // what is that much longer or shorter is as far at the least
  const alike = candidates.filter((c) => Math.abs(c.length - given.length) <= most);
  const far = alike.map((c) => ({ c, by: distance(given.toLowerCase(), c.toLowerCase()) }));
  const nearest = Math.min(...far.map((f) => f.by));
  if (nearest > most) return '';
  const meant = far.filter((f) => f.by === nearest).map((f) => `"${f.c}"`);
  return meant.length > 3 ? '' : ` (did you mean ${meant.join(' or ')}?)`;
}

/** Edits from one to the other: a letter more, less or other, or two swapped. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const [above, row] = [rows[i - 1]!, [i]];
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const other = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, other, swapped ? rows[i - 2]![j - 2]! + 1 : other));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** `"v1", "v2"`. */
export const quoted = (names: readonly string[]): string => (names.length > 0 ? names.map((n) => `"${n}"`).join(', ') : 'none');
