import { hostWithin, isWild } from '../../model/host';
import type { Headers } from '../../trace/request';
import { canonical } from '../../values/equal';
import { issuerOf, type Rule } from '../facts/authorization-rules';
import { list } from '../facts/references';

/** A token that some RequestAuthentication takes. */
export interface Token {
  /** The rule that takes it; see {@link takes}. */
  readonly jwt: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A request as far as policies ask for what it says, but for who sends it. */
export interface Sample {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly port: number;
  readonly ip: string;
  readonly headers: Headers;
  readonly token: Token | undefined;
}

/** The host and the address of requests of which no policy asks for another. */
export const HOST = 'host';
export const ADDRESS = '192.0.2.1';

/** How many are made at the most. */
const MOST = 96;

const FIELDS: Readonly<Record<string, string>> = {
  methods: 'method',
  paths: 'path',
  hosts: 'host',
  ports: 'port',
  ipBlocks: 'ip',
  remoteIpBlocks: 'ip',
};
const KEYS: Readonly<Record<string, string>> = { 'source.ip': 'ip', 'remote.ip': 'ip', 'destination.port': 'port' };

/**
 * Requests that rules of policies tell apart: with each value that some rule asks for, alone and together with those of others, and
 * with none of them.
 * @param ports that the pods listen on
 * @param jwts all rules about tokens
 * @param paths that others ask for
 * @param host the only one that requests are for
 */
export function samplesFor(
  rules: readonly Rule[],
  ports: readonly number[],
  jwts: readonly any[],
  paths: readonly string[] = [],
  host?: string,
): readonly Sample[] {
  const values = new Map<string, Set<unknown>>();
  const add = (dimension: string, some: readonly unknown[]) => {
    const known = values.get(dimension) ?? new Set();
    for (const v of some) known.add(v);
    values.set(dimension, known);
  };
  const claims: Record<string, unknown>[] = [];
  const issuers = (principals: unknown) => claims.push(...list(principals).map(claimsOf));
  for (const rule of rules) {
    for (const part of [...list(rule.from).map((f) => f.source ?? {}), ...list(rule.to).map((t) => t.operation ?? {})]) {
      for (const [field, dimension] of Object.entries(FIELDS))
        add(dimension, both(part, field).map(textOf[dimension] ?? sampleOf));
      issuers(both(part, 'requestPrincipals'));
    }
    for (const { key, values = [], notValues = [] } of list(rule.when)) {
      const all = [...list(values), ...list(notValues)];
      const header = /^request\.headers\[(.+)\]$/.exec(key)?.[1];
      if (header) add(`header ${header.toLowerCase()}`, all.map(sampleOf));
      else if (KEYS[key]) add(KEYS[key], all.map(textOf[KEYS[key]] ?? sampleOf));
      else if (key === 'request.auth.principal') issuers(all);
      else if (/^request\.auth\./.test(key)) claims.push(...all.map((v) => claimOf(key, sampleOf(v))));
    }
  }
  add('path', paths);
  add('token', tokensOf(jwts, claims));
  add('port', ports);
  if (host !== undefined)
    values.set('host', new Set([...(values.get('host') ?? [])].filter((h) => isWild(host) && hostWithin(String(h), host))));
  const name = host === undefined ? HOST : host.replace(/^\*/, 'any');
  const defaults: Record<string, unknown> = { method: 'GET', path: '/', host: name, port: ports[0] ?? 80, ip: ADDRESS };
  const dimensions = [...values].map(([name, some]) => {
    const first = typeof defaults[name] === 'string' && some.has(defaults[name]) ? `${defaults[name]}~` : defaults[name];
    const all = [...new Set([first, ...some])];
    return { name, all: name === 'port' && ports.length > 0 ? [...new Set([...ports])] : all };
  });
  return combined(dimensions.filter((d) => d.all.length > 1)).map((some) =>
    sample({ ...defaults, ...Object.fromEntries(dimensions.map((d) => [d.name, d.all[0]])), ...some }),
  );
}

interface Dimension {
  readonly name: string;
  readonly all: readonly unknown[];
}

type Values = Readonly<Record<string, unknown>>;

/** All values with all others; where these are too many, each with each of one other dimension. */
function combined(dimensions: readonly Dimension[]): readonly Values[] {
  const size = dimensions.reduce((n, d) => n * d.all.length, 1);
  if (size <= MOST)
    return dimensions.reduce<readonly Values[]>((all, d) => all.flatMap((x) => d.all.map((v) => ({ ...x, [d.name]: v }))), [{}]);
  const single = dimensions.flatMap((d) => d.all.slice(1).map((v) => ({ name: d.name, of: { [d.name]: v } })));
  const pairs = single.flatMap((a, i) => single.slice(i + 1).flatMap((b) => (a.name === b.name ? [] : [{ ...a.of, ...b.of }])));
  return [{}, ...single.map((s) => s.of), ...pairs].slice(0, MOST);
}

const sample = (v: Values): Sample => ({
  method: String(v.method),
  path: String(v.path),
  host: String(v.host),
  port: Number(v.port),
  ip: String(v.ip),
  headers: new Map(
    Object.entries(v).flatMap(([name, value]) =>
      name.startsWith('header ') && value !== undefined ? [[name.slice(7), [String(value)]] as const] : [],
    ),
  ),
  token: v.token as Token | undefined,
});

const both = (part: any, field: string): unknown[] => [
  ...list(part[field]),
  ...list(part[`not${field[0]!.toUpperCase()}${field.slice(1)}`]),
];

/** A text that a pattern means. */
const sampleOf = (pattern: unknown): string => String(pattern).replace(/\{\*\*?\}|\*/g, 'x');
const textOf: Readonly<Record<string, (value: unknown) => unknown>> = {
  port: (v) => Number(v),
  ip: (v) => String(v).split('/')[0],
};

const claimsOf = (principal: unknown): Record<string, unknown> => {
  const iss = issuerOf(principal);
  const sub = sampleOf(String(principal).split('/').at(-1));
  return { ...(iss ? { iss } : {}), sub };
};

function claimOf(key: string, value: string): Record<string, unknown> {
  if (key === 'request.auth.audiences') return { aud: value };
  if (key === 'request.auth.presenter') return { azp: value };
  const path = /^request\.auth\.claims((?:\[[^\]]+\])+)$/.exec(key)?.[1]?.slice(1, -1).split('][') ?? [];
  return path.reduceRight<any>((inner, name) => ({ [name]: inner }), value);
}

/** Which tokens a rule takes, as text; not what becomes of them after that. */
export const takes = ({ forwardOriginalToken: _, outputPayloadToHeader: __, outputClaimToHeaders: ___, ...rule }: any): string =>
  canonical(rule);

/** A token that no rule takes: it is refused wherever one looks at tokens. */
const OTHER: Token = { jwt: 'none', claims: { iss: 'other', sub: 'x' } };

/** A token of each rule, as it is, and with what policies ask for; and another. */
function tokensOf(jwts: readonly any[], claims: readonly Record<string, unknown>[]): Token[] {
  const out = new Map<string, Token>();
  for (const jwt of jwts)
    for (const more of [{}, ...claims.filter((c) => c.iss === undefined || c.iss === jwt?.issuer)]) {
      const token = { jwt: takes(jwt), claims: { sub: 'x', ...more, iss: jwt?.issuer } };
      out.set(canonical(token), token);
    }
  return out.size > 0 ? [...out.values(), OTHER] : [];
}
