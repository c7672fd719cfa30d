import type { OracleRequest } from '../oracle';
import type { Dice } from '../trace/dice';
import { token } from '../trace/tokens';

/** A request that is being made. */
interface Draft {
  principal: string | undefined;
  claims: Record<string, any> | undefined;
  method: string;
  path: string;
  host: string;
  port: number | undefined;
  sni: string | undefined;
  headers: Record<string, string>;
}

/** Methods that HTTP clients and Envoy know; others never come to a policy. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];

/** Conditions of policies that no request from a loopback address can meet. */
export const UNREACHABLE: readonly RegExp[] = [/^(source\.ip|ipBlocks|notIpBlocks)$/, /^experimental\./];

/** A text that a pattern takes: `a*` -> `ax`, `/t/{*}` -> `/t/seg`. */
export function filled(pattern: string): string {
  return pattern.replaceAll('{**}', 'a/b').replaceAll('{*}', 'seg').replace('*', 'x');
}

/** A text near to a pattern that it does not take, or the pattern itself. */
function missed(dice: Dice, pattern: string): string {
  const text = filled(pattern);
  return dice.pick([`${text}z`, text.slice(0, -1), `y${text}`, text.toUpperCase(), pattern.replace('*', ''), 'other']);
}

/** A request near to the rules of some policies: most of it meets one of them, some of it does not. */
export function requestNear(dice: Dice, policies: readonly any[], ports: readonly number[]): OracleRequest {
  const draft: Draft = {
    principal: dice.chance(0.4) ? 'cluster.local/ns/foo/sa/any' : undefined,
    claims: dice.chance(0.3) ? { iss: 'anyone', sub: 'some' } : undefined,
    method: 'GET',
    path: '/',
    host: 'httpbin.foo',
    port: undefined,
    sni: undefined,
    headers: {},
  };
  const rules = policies.flatMap((p) => (p.spec.rules ?? []) as any[]);
  const rule = rules.length > 0 ? dice.pick(rules) : {};
  const fields: [string, readonly string[]][] = [
    ...entries(rule?.from?.length ? dice.pick<any>(rule.from)?.source : {}),
    ...entries(rule?.to?.length ? dice.pick<any>(rule.to)?.operation : {}),
    ...((rule?.when ?? []) as any[]).flatMap(({ key, values, notValues }): [string, readonly string[]][] => [
      ...(values ? [[key, values] as [string, readonly string[]]] : []),
      ...(notValues && (!values || dice.chance(0.3)) ? [[key, notValues] as [string, readonly string[]]] : []),
    ]),
  ];
  const bare = dice.chance(0.12);
  for (const [field, values] of bare ? [] : fields) {
    if (field.startsWith('not') && fields.length > 1 && dice.chance(0.8)) continue;
    const pattern = dice.pick(values);
    aim(dice, draft, positive(field), pattern, dice.chance(0.75) ? filled(pattern) : missed(dice, pattern));
  }
  return finished(dice, draft, ports);
}

const entries = (part: any): [string, readonly string[]][] => Object.entries(part ?? {}) as [string, readonly string[]][];
const positive = (field: string) => field.replace(/^not([A-Z])/, (_, c: string) => c.toLowerCase());

function aim(dice: Dice, draft: Draft, field: string, pattern: string, text: string): void {
  const claims = (more: Record<string, unknown>) => {
    draft.claims = { iss: 'anyone', sub: 'some', ...draft.claims, ...more };
  };
  const [, header] = /^request\.headers\[(.+)\]$/.exec(field) ?? [];
  const [, claim] = /^request\.auth\.claims\[(.+)\]$/.exec(field) ?? [];
  if (header === ':method') draft.method = METHODS.includes(text) ? text : dice.pick(METHODS);
  else if (header === ':authority') draft.host = text;
  else if (header !== undefined) draft.headers[header.toLowerCase()] = text;
  else if (claim !== undefined) claims(nested(claim.split(']['), claim !== 'iss' && dice.chance(0.3) ? ['other', text] : text));
  else
    switch (field) {
      case 'principals':
      case 'source.principal':
        draft.principal = text;
        break;
      case 'namespaces':
      case 'source.namespace':
        draft.principal = `cluster.local/ns/${text}/sa/x`;
        break;
      case 'serviceAccounts':
      case 'source.serviceAccount': {
        const [account, namespace = 'foo'] = text.split('/').reverse() as [string, string?];
        draft.principal = `cluster.local/ns/${namespace}/sa/${account}`;
        break;
      }
      case 'trustDomains':
        draft.principal = `${text}/ns/foo/sa/x`;
        break;
      case 'requestPrincipals':
      case 'request.auth.principal': {
        const at = text.lastIndexOf('/');
        const suffix = pattern.startsWith('*');
        claims(at > 0 ? { iss: text.slice(0, at), sub: text.slice(at + 1) } : suffix ? { sub: text } : { iss: text });
        break;
      }
      case 'request.auth.audiences':
        claims({ aud: dice.chance(0.3) ? ['other', text] : text });
        break;
      case 'request.auth.presenter':
        claims({ azp: text });
        break;
      case 'remoteIpBlocks':
      case 'remote.ip':
        draft.headers['x-forwarded-for'] = addressIn(dice, pattern);
        break;
      case 'methods':
        draft.method = METHODS.includes(text) ? text : dice.pick(METHODS);
        break;
      case 'hosts':
        draft.host = text;
        break;
      case 'paths':
        draft.path = text.startsWith('/') ? text : `/${text}`;
        break;
      case 'ports':
      case 'destination.port':
        if (dice.chance(0.75)) draft.port = Number(pattern);
        break;
      case 'connection.sni':
        draft.sni = text;
        break;
    }
}

const nested = (path: readonly string[], value: unknown): Record<string, unknown> => ({
  [path[0]!]: path.length > 1 ? nested(path.slice(1), value) : value,
});

/** An address in a prefix, or just outside. */
function addressIn(dice: Dice, prefix: string): string {
  const [a, b, c, d] = prefix.split('/')[0]!.split('.').map(Number) as [number, number, number, number];
  return dice.pick([
    `${a}.${b}.${c}.${d}`,
    `${a}.${b}.${c}.${d}`,
    `${a}.${b}.${c}.${(d + 7) % 256}`,
    `${a}.${(b + 1) % 256}.${c}.${d}`,
  ]);
}

function finished(dice: Dice, draft: Draft, ports: readonly number[]): OracleRequest {
  const { claims, principal, sni, port, ...rest } = draft;
  const headers = { ...rest.headers, ...(claims ? { authorization: `Bearer ${token(claims)}` } : {}) };
  const caller = sni !== undefined && principal === undefined ? 'cluster.local/ns/foo/sa/any' : principal;
  return {
    inbound: true,
    ...rest,
    headers,
    port: port ?? dice.pick(ports),
    ...(caller ? { principal: caller } : {}),
    ...(sni !== undefined && /^[\w.-]+$/.test(sni) ? { sni } : {}),
  };
}

/** Who issued the tokens that requests carry. */
export function issuersOf(requests: readonly OracleRequest[]): string[] {
  const issued = requests.flatMap(({ headers }) => {
    const [, payload] = /^Bearer [^.]*\.([^.]*)/.exec(String(headers?.authorization ?? '')) ?? [];
    return payload ? [JSON.parse(Buffer.from(payload, 'base64url').toString()).iss as string] : [];
  });
  return [...new Set(issued)].sort();
}
