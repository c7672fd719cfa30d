import { quoted } from '../values/names';
import { KubeconfigError } from './kubeconfig-error';

/** Whom a user of a kubeconfig acts as, besides the name (`as`), which is all that Kubernetes' own client reads of it. */
export interface Impersonated {
  readonly 'as-uid'?: unknown;
  readonly 'as-groups'?: unknown;
  readonly 'as-user-extra'?: unknown;
}

/** Values of headers: each of a list is a line of its own. */
export type Headers = Readonly<Record<string, string | string[]>>;

/**
 * The headers by which a request is somebody else's.
 * Source: kubernetes.io, Authenticating, User impersonation; client-go, transport/round_trippers.go and clientcmd/validation.go.
 * @param name of the user, for errors
 * @param as whom the user acts as
 * @throws where groups, say, are no list, or are of nobody
 */
export function impersonation(name: string, as: string | undefined, more: Impersonated): Headers {
  const { 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = more;
  const wrong = (what: string, is: string) => new KubeconfigError(`${what} of user "${name}" in the kubeconfig is no ${is}`);
  const list = (what: string, value: unknown): string[] => {
    if (!Array.isArray(value) || !value.every((v) => typeof v === 'string')) throw wrong(what, 'list of texts');
    return value;
  };
  const headers: Record<string, string | string[]> = {};
  if (as) headers['Impersonate-User'] = as;
  if (isSaid(uid)) {
    if (typeof uid !== 'string') throw wrong('as-uid', 'text: put it into quotes');
    headers['Impersonate-Uid'] = uid;
  }
  if (isSaid(groups)) headers['Impersonate-Group'] = list('as-groups', groups);
  if (isSaid(extra)) {
    if (typeof extra !== 'object' || Array.isArray(extra)) throw wrong('as-user-extra', 'map');
    for (const [key, values] of Object.entries(extra!))
      headers[`Impersonate-Extra-${escaped(key)}`] = list(`as-user-extra "${key}"`, values);
  }
  if (!as && Object.keys(headers).length > 0)
    throw new KubeconfigError(
      `user "${name}" in the kubeconfig says ${quoted(Object.keys(more).filter((k) => isSaid(more[k as keyof Impersonated])))}, and not whom to act as: add as, or leave these out`,
    );
  return headers;
}

const isSaid = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);

/** What names of headers cannot have is escaped by bytes. Source: RFC 7230, 3.2.6, tokens. */
const escaped = (key: string): string =>
  [...Buffer.from(key)]
    .map((byte) => {
      const c = String.fromCharCode(byte);
      return /[\w!#$&'*+.^`|~-]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
