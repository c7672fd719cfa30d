import type { Config, Ref } from '../model/config';
import type { Authorization } from '../model/policies';
import { quote, re2 } from '../routing/string-match';
import { inRange } from './choose-chain';
import type { Headers } from './request';
import { withoutQuery } from './request';

/** What policies know of a request, or of a connection. */
export interface Subject {
  /** Identity that mutual TLS proves, without `spiffe://`; nothing without it. */
  readonly principal: string | undefined;
  /** Address of the client, and the one that X-Forwarded-For says. */
  readonly sourceIp: string;
  readonly remoteIp: string;
  /** Of the workload. */
  readonly port: number;
  readonly destinationIp: string;
  readonly sni: string | undefined;
  /** Nothing for a connection that is not looked into. */
  readonly http: { readonly method: string; readonly path: string; readonly host: string; readonly headers: Headers } | undefined;
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  readonly trustDomains: readonly string[];
}

export interface Verdict {
  readonly allowed: boolean;
  /** The rule that decided; none where nothing allows. */
  readonly by: Ref | undefined;
  /** As Envoy names it: `ns[foo]-policy[p]-rule[0]`. */
  readonly policy: string;
  readonly reason: string;
}

/** Denials first, then allows: where there is one, some rule has to be met. Nothing where no policy is about the workload. */
export function authorize(all: readonly Authorization[], subject: Subject): Verdict | undefined {
  for (const { action, policies } of all) {
    if (action !== 'DENY' && action !== 'ALLOW') continue;
    const met = firstMet(policies, subject, action);
    if (action === 'DENY' && met) return { allowed: false, by: met.by, policy: met.name, reason: 'a rule denies it' };
    if (action === 'ALLOW')
      return met
        ? { allowed: true, by: met.by, policy: met.name, reason: 'a rule allows it' }
        : { allowed: false, by: undefined, policy: 'none', reason: 'no rule allows it, and there is one that allows others' };
  }
  return undefined;
}

/** The policy that is met; Envoy looks at rules by their names' order. CUSTOM takes them as DENY does. */
export function firstMet(
  policies: readonly Config[],
  s: Subject,
  action: 'ALLOW' | 'DENY',
): { by: Ref; name: string; config: Config } | undefined {
  const met = policies.flatMap((c) =>
    ((c.spec.rules ?? []) as any[]).flatMap((rule, i) =>
      ruleMet(rule, c.namespace, s, action)
        ? [
            {
              config: c,
              by: { manifest: c.manifest, path: ['spec', 'rules', i] },
              name: `ns[${c.namespace}]-policy[${c.name}]-rule[${i}]`,
            },
          ]
        : [],
    ),
  );
  return met.sort((a, b) => (a.name < b.name ? -1 : 1))[0];
}

/** Some source, some operation, and all conditions. Source: pilot/pkg/security/authz/model/model.go. */
export function ruleMet(rule: any, namespace: string, s: Subject, action: 'ALLOW' | 'DENY'): boolean {
  const parts: Part[][] = [((rule.when ?? []) as any[]).map((w) => part(w.key, w.values, w.notValues)), []];
  const from = ((rule.from ?? []) as any[]).map((f) => sourceParts(f.source ?? {}));
  const to = ((rule.to ?? []) as any[]).map((t) => operationParts(t.operation ?? {}));
  const all = [...parts.flat(), ...from.flat(), ...to.flat()];
  if (!s.http && action === 'ALLOW' && all.some((p) => says(p) && isHttpOnly(p.key))) return false;
  const holds = (list: readonly Part[]) => list.every((p) => partMet(p, namespace, s));
  return holds(parts[0]!) && (from.length === 0 || from.some(holds)) && (to.length === 0 || to.some(holds));
}

interface Part {
  readonly key: string;
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

const part = (key: string, values: readonly string[] = [], notValues: readonly string[] = []): Part => ({
  key,
  values,
  notValues,
});

const says = (p: Part) => p.values.length + p.notValues.length > 0;

const sourceParts = (o: any): Part[] => [
  part('source.principal', o.principals, o.notPrincipals),
  part('source.namespace', o.namespaces, o.notNamespaces),
  part('source.serviceAccount', o.serviceAccounts, o.notServiceAccounts),
  part('source.trustDomain', o.trustDomains, o.notTrustDomains),
  part('source.ip', o.ipBlocks, o.notIpBlocks),
  part('remote.ip', o.remoteIpBlocks, o.notRemoteIpBlocks),
  part('request.auth.principal', o.requestPrincipals, o.notRequestPrincipals),
];

const operationParts = (o: any): Part[] => [
  part('host', o.hosts, o.notHosts),
  part('method', o.methods, o.notMethods),
  part('path', o.paths, o.notPaths),
  part('destination.port', o.ports, o.notPorts),
];

const isHttpOnly = (key: string) => /^(host|method|path)$|^request\./.test(key);

/** On a connection that is not looked into, what is about HTTP counts for nothing. */
function partMet({ key, values, notValues }: Part, namespace: string, s: Subject): boolean {
  if (!s.http && isHttpOnly(key)) return true;
  const is = (v: string) => valueMet(key, v, namespace, s);
  return (values.length === 0 || values.some(is)) && !notValues.some(is);
}

/** Source: pilot/pkg/security/authz/model/generator.go. */
function valueMet(key: string, value: string, namespace: string, s: Subject): boolean {
  const peer = s.principal === undefined ? undefined : `spiffe://${s.principal}`;
  switch (key) {
    case 'source.principal':
      return peer !== undefined && withAliases(value, s.trustDomains).some((v) => glob(v, peer, 'spiffe://'));
    case 'source.namespace':
      return peer !== undefined && re2(`.*/ns/${value.split('*').map(quote).join('.*')}/.*`).matches(peer);
    case 'source.serviceAccount': {
      const [ns, sa] = value.includes('/') ? (value.split('/', 2) as [string, string]) : [namespace, value];
      return peer !== undefined && re2(`spiffe://.+/ns/${quote(ns)}/(.+/|)sa/${quote(sa)}(/.+)?`).matches(peer);
    }
    case 'source.trustDomain':
      return (
        peer !== undefined && (s.trustDomains.includes(value) ? s.trustDomains : [value]).some((d) => trustDomainMet(d, peer))
      );
    case 'source.ip':
      return inRange(s.sourceIp, value) > 0;
    case 'remote.ip':
      return inRange(s.remoteIp, value) > 0;
    case 'destination.ip':
      return inRange(s.destinationIp, value) > 0;
    case 'destination.port':
      return s.port === Number(value);
    case 'connection.sni':
      return glob(value, s.sni?.toLowerCase() ?? '', ''); // Envoy's TLS inspector makes it so
    default:
      return s.http !== undefined && requestMet(key, value, s.http, s.claims);
  }
}

function requestMet(key: string, value: string, http: NonNullable<Subject['http']>, claims: Subject['claims']): boolean {
  if (key === 'host') return headerGlob(value.toLowerCase(), [http.host.toLowerCase()]);
  if (key === 'method') return headerGlob(value, [http.method]);
  if (key === 'path') {
    const path = withoutQuery(http.path);
    return /\{\*\*?\}/.test(value) ? template(value).matches(path) : glob(value, path, '');
  }
  const [, header] = /^request\.headers\[(.+)\]$/.exec(key) ?? [];
  if (header !== undefined) {
    const lower = header.toLowerCase();
    const values =
      lower === ':authority' || lower === 'host'
        ? [http.host]
        : lower === ':method'
          ? [http.method]
          : lower === ':path'
            ? [http.path]
            : http.headers.get(lower);
    return headerGlob(value, values);
  }
  if (key === 'request.auth.principal') return principalOfToken(value, claims);
  if (key === 'request.auth.audiences') return claimGlob(claims?.aud, value);
  if (key === 'request.auth.presenter') return claimGlob(claims?.azp, value);
  const [, path] = /^request\.auth\.claims((?:\[[^\]]+\])+)$/.exec(key) ?? [];
  if (path === undefined) return false;
  let at: unknown = claims;
  for (const name of path.slice(1, -1).split(']['))
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return claimGlob(at, value);
}

const claimGlob = (claim: unknown, value: string): boolean =>
  (Array.isArray(claim) ? claim : [claim]).some((c) => typeof c === 'string' && glob(value, c, ''));

/** `*` any text, `*suffix`, `prefix*`, exact. Source: authz/matcher/string.go. */
export function glob(pattern: string, text: string, prefix: string): boolean {
  if (pattern === '*') return text !== '';
  if (pattern.startsWith('*'))
    return prefix === '' ? text.endsWith(pattern.slice(1)) : re2(`${prefix}.*${quote(pattern.slice(1))}`).matches(text);
  if (pattern.endsWith('*')) return text.startsWith(prefix + pattern.slice(0, -1));
  return text === prefix + pattern;
}

/** For headers `*` is that it is there; several lines are looked at one by one. Source: authz/matcher/header.go. */
function headerGlob(pattern: string, values: readonly string[] | undefined): boolean {
  if (pattern === '*') return values !== undefined;
  return (
    values?.some((v) =>
      pattern.startsWith('*')
        ? v.endsWith(pattern.slice(1))
        : pattern.endsWith('*')
          ? v.startsWith(pattern.slice(0, -1))
          : v === pattern,
    ) === true
  );
}

/** `{*}` one segment, `{**}` any number of them. Source: Envoy's uri_template matcher. */
function template(pattern: string): { matches(text: string): boolean } {
  const parts = pattern
    .split(/(\{\*\*?\}|\*\*?)/)
    .map((p) => (p === '{*}' || p === '*' ? '[^/]+' : p === '{**}' || p === '**' ? '.*' : quote(p)));
  return re2(parts.join(''));
}

function trustDomainMet(value: string, peer: string): boolean {
  if (value === '*') return true;
  if (!value.includes('*')) return peer.startsWith(`spiffe://${value}/`);
  const [a, b] = value.split('*', 2) as [string, string];
  return re2(`spiffe://${quote(a)}[^/]*${quote(b)}/.*`).matches(peer);
}

/**
 * A principal of one of the mesh's trust domains is one of all of them; `cluster.local` is another word for them.
 * Source: pilot/pkg/security/trustdomain.
 */
function withAliases(value: string, trustDomains: readonly string[]): readonly string[] {
  const [domain, ...rest] = value.split('/') as [string, ...string[]];
  if (rest.length !== 4 || domain === '*') return [value];
  const meets = (a: string, b: string) =>
    a === b || (b.endsWith('*') && a.startsWith(b.slice(0, -1))) || (b.startsWith('*') && a.endsWith(b.slice(1)));
  if (domain !== 'cluster.local' && !trustDomains.some((d) => meets(domain, d) || meets(d, domain))) return [value];
  return trustDomains.map((d) => (domain.startsWith('*') && meets(d, domain) ? value : [d, ...rest].join('/')));
}

/** Issuer and subject, parted at the last `/`. Source: generator.go, requestPrincipalGenerator. */
function principalOfToken(value: string, claims: Subject['claims']): boolean {
  if (!claims) return false;
  const said = (claim: unknown) => (typeof claim === 'string' ? claim : undefined);
  const [iss, sub] = [said(claims.iss), said(claims.sub)];
  const is = (text: string | undefined, met: (t: string) => boolean) => text !== undefined && met(text);
  const some = (t: string) => t !== '';
  if (value === '*') return is(iss, some) && is(sub, some);
  const at = value.lastIndexOf('/');
  const [i, j] = at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + 1)];
  if (value.startsWith('*')) {
    if (at < 0) return is(iss, some) && is(sub, (t) => t.endsWith(value.slice(1)));
    return is(iss, i === '*' ? some : (t) => t.endsWith(i.slice(1))) && is(sub, (t) => t === j);
  }
  if (value.endsWith('*')) {
    if (at < 0) return is(iss, (t) => t.startsWith(value.slice(0, -1))) && is(sub, some);
    return is(iss, (t) => t === i) && is(sub, j === '*' ? some : (t) => t.startsWith(j.slice(0, -1)));
  }
  return is(iss, (t) => t === i) && is(sub, (t) => t === j);
}
