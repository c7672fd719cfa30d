import { byteLength, type Field } from './field';
import { isIp, isRange } from './ip';

/**
 * What the lists of an AuthorizationPolicy may hold. Source: pkg/config/security/security.go.
 * A list with several faults has one told for each rule about it, as in Istio.
 */
type Check = (value: string) => string | undefined;

const present: Check = (v) => (v === '' ? 'is empty: fill it in, or take it out' : undefined);

const address: Check = (v) =>
  (v.includes('/') ? isRange(v) : isIp(v))
    ? undefined
    : `"${v}" is neither an IP address nor a range of them, such as "10.0.0.0/8"`;

const port: Check = (v) => (/^\d+$/.test(v) && Number(v) <= 65_535 ? undefined : `"${v}" is no port: ports are numbers to 65535`);

const wildcard: Check = (v) => {
  const count = v.split('*').length - 1;
  return (
    present(v) ??
    (count > 1 || (count === 1 && !v.startsWith('*') && !v.endsWith('*'))
      ? `"${v}" has a "*" that is neither its beginning nor its end`
      : undefined)
  );
};

const trustDomain: Check = (v) => wildcard(v) ?? (v.includes('/') ? `"${v}" is no trust domain: it has a "/"` : undefined);

const account: Check = (v) => {
  if (v === '') return present(v);
  if (v.includes('*')) return `"${v}" has a "*", which a service account cannot have: say namespaces, or principals`;
  const parts = v.split('/');
  if (parts.length > 2 || parts.includes('')) return `"${v}" is no service account: write "<name>" or "<namespace>/<name>"`;
  return byteLength(v) > 320 ? `"${v.slice(0, 40)}…" is longer than 320 characters` : undefined;
};

function each(list: Field, ...checks: Check[]): void {
  for (const item of list.items())
    for (const check of checks) {
      const wrong = check(item.text);
      if (wrong === undefined) continue;
      item.error(wrong);
      break;
    }
}

function accounts(list: Field): void {
  if (list.value?.length > 16) list.error('has more than 16 service accounts: write several rules');
  else each(list, account);
}

const both = (of: Field, name: string): Field[] => [of.at(name), of.at(`not${name[0]!.toUpperCase()}${name.slice(1)}`)];

export function sourceValues(source: Field): void {
  for (const k of ['ipBlocks', 'remoteIpBlocks']) for (const list of both(source, k)) each(list, present, address);
  for (const k of ['principals', 'requestPrincipals', 'namespaces']) for (const list of both(source, k)) each(list, present);
  for (const list of both(source, 'serviceAccounts')) accounts(list);
  for (const list of both(source, 'trustDomains')) each(list, trustDomain);
}

export function operationValues(operation: Field): void {
  for (const list of both(operation, 'ports')) each(list, present, port);
  for (const k of ['methods', 'hosts']) for (const list of both(operation, k)) each(list, present);
  for (const list of both(operation, 'paths')) each(list, present, pathTemplate);
}

/** Source: security.go, CheckValidPathTemplate. */
function pathTemplate(path: string): string | undefined {
  const templated = path.includes('{*}') || path.includes('{**}');
  let rest = false;
  for (const part of path.replace(/^\/+|\/+$/g, '').split('/')) {
    if (part === '{*}' || part === '{**}') {
      if (rest) return `"${path}" goes on after "{**}", which takes all the rest`;
      rest = part === '{**}';
    } else if (/[{}]/.test(part))
      return `"${path}" has braces in "${part}": "{*}" for one part and "{**}" for the rest are possible`;
    else if (templated && !/^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/.test(part))
      return `"${path}" has the part "${part}" beside "{*}" or "{**}": there it can have letters, digits and -._~%!$&'()+,;:@= alone`;
  }
  return undefined;
}

const KEYS: Readonly<Record<string, Check | undefined | 'accounts'>> = {
  'source.ip': address,
  'remote.ip': address,
  'source.namespace': undefined,
  'source.serviceAccount': 'accounts',
  'source.principal': undefined,
  'source.trustDomain': wildcard,
  'request.auth.principal': undefined,
  'request.auth.audiences': undefined,
  'request.auth.presenter': undefined,
  'destination.ip': address,
  'destination.port': port,
  'connection.sni': undefined,
};
const KEYED = ['request.headers', 'request.auth.claims', 'experimental.envoy.filters.'];

/** A condition of `when`. Source: security.go, ValidateAttribute. */
export function attribute(key: Field, lists: readonly Field[]): void {
  const { text } = key;
  const wrong = wrongKey(text);
  if (wrong !== undefined) key.error(wrong);
  const check = Object.hasOwn(KEYS, text) ? KEYS[text] : undefined;
  for (const list of lists)
    if (check === 'accounts') accounts(list);
    else each(list, present, ...(check ? [check] : []));
}

function wrongKey(key: string): string | undefined {
  if (KEYED.some((k) => key.startsWith(k))) {
    const open = key.indexOf('[');
    const right = key.endsWith(']') && open > 0 && open < key.length - 2;
    return right ? undefined : `"${key}" has no name in brackets: write "${key.split('[')[0]}[<name>]"`;
  }
  if (Object.hasOwn(KEYS, key)) return undefined;
  if (key === 'destination.namespace') return `"${key}" is no more: a policy is for the namespace that it is in`;
  if (key.startsWith('destination.labels')) return `"${key}" is no more: say the policy's selector`;
  if (key === 'destination.name' || key === 'destination.user') return `"${key}" is no more: say the policy's selector`;
  return `"${key}" is nothing that can be looked at: there are ${[...Object.keys(KEYS), ...KEYED.map((k) => `${k}[…]`)].join(', ')}`;
}
