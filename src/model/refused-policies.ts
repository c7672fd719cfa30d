import type { Manifest } from '../manifests/manifest';
import { address, no, selector } from './refusal';

const BOOLEANS = /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;

/** Source: pkg/config/validation/validation.go, ValidateAuthorizationPolicy. */
export function authorizationPolicy(spec: any, _namespace: string, annotations: Manifest['annotations']): void {
  const { action = 'ALLOW', rules } = spec;
  const dry = annotations['istio.io/dry-run'];
  if (dry !== undefined && action !== 'ALLOW' && action !== 'DENY') no(`dry-run stands with action ${action}`);
  if (dry !== undefined && !BOOLEANS.test(dry)) no(`dry-run is "${dry}"`);
  oneTarget(spec);
  if ((action === 'DENY' || action === 'CUSTOM') && !(rules?.length > 0)) no(`${action} has no rules`);
  if (action === 'CUSTOM' && !spec.provider?.name) no('CUSTOM has no provider');
  if (action !== 'CUSTOM' && spec.provider) no(`a provider stands with action ${action}`);
  for (const rule of rules ?? []) {
    if (rule === null) no('a rule is null');
    for (const from of rule.from ?? []) source(from?.source ?? no('from has no source'));
    for (const to of rule.to ?? []) operation(to?.operation ?? no('to has no operation'));
    for (const when of rule.when ?? []) condition(when);
  }
}

function oneTarget(spec: any): void {
  const given = [spec.selector, spec.targetRef, spec.targetRefs?.length > 0 ? spec.targetRefs : undefined].filter(Boolean);
  if (given.length > 1) no('it has a selector and targetRefs');
  selector(spec.selector?.matchLabels);
}

const said = (o: any, names: readonly string[]) => names.some((n) => o[n]?.length > 0);
const withNot = (names: readonly string[]) => names.flatMap((n) => [n, `not${n[0]!.toUpperCase()}${n.slice(1)}`]);

const SOURCES = withNot([
  'principals',
  'requestPrincipals',
  'namespaces',
  'ipBlocks',
  'remoteIpBlocks',
  'serviceAccounts',
  'trustDomains',
]);
const OPERATIONS = withNot(['ports', 'methods', 'paths', 'hosts']);

function filled(o: any, names: readonly string[], what: string): void {
  if (!said(o, names)) no(`${what} is empty`);
  for (const n of names) if ((o[n] ?? []).includes('')) no(`${n} has an empty value`);
}

function source(o: any): void {
  filled(o, SOURCES, 'a source');
  if (said(o, withNot(['principals', 'namespaces'])) && said(o, withNot(['serviceAccounts'])))
    no('serviceAccounts stand beside principals or namespaces');
  for (const n of withNot(['ipBlocks', 'remoteIpBlocks'])) for (const ip of o[n] ?? []) address(ip, n, true);
  for (const n of withNot(['serviceAccounts'])) accounts(o[n] ?? []);
  for (const n of withNot(['trustDomains'])) wildcards(o[n] ?? [], true);
}

function accounts(values: readonly string[]): void {
  if (values.length > 16) no('there are more than 16 serviceAccounts');
  for (const v of values) if (!/^([^/*]+\/)?[^/*]+$/.test(v)) no(`"${v}" is no serviceAccount`);
}

function wildcards(values: readonly string[], oneName: boolean): void {
  for (const v of values)
    if (!/^(\*?[^*]+|[^*]+\*|\*)$/.test(v) || (oneName && v.includes('/'))) no(`"${v}" has "*" or "/" where none may be`);
}

function operation(o: any): void {
  filled(o, OPERATIONS, 'an operation');
  for (const n of withNot(['ports'])) ports(o[n] ?? []);
  for (const n of withNot(['paths'])) for (const p of o[n] ?? []) template(p);
}

function ports(values: readonly string[]): void {
  for (const v of values) if (!/^\d+$/.test(v) || Number(v) > 65535) no(`"${v}" is no port`);
}

/** Source: pkg/config/security/security.go, CheckValidPathTemplate. */
function template(path: string): void {
  const templated = path.includes('{*}') || path.includes('{**}');
  let any = false;
  for (const part of path.replace(/^\/+|\/+$/g, '').split('/')) {
    if (part === '{*}' || part === '{**}') {
      if (any) no(`path ${path} goes on after {**}`);
      any = part === '{**}';
    } else if (/[{}]/.test(part)) no(`path ${path} has braces that are no template`);
    else if (templated && !/^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/.test(part)) no(`path ${path} has "${part}" beside a template`);
  }
}

const KEYS =
  /^(source\.(ip|namespace|serviceAccount|principal|trustDomain)|remote\.ip|request\.auth\.(principal|audiences|presenter)|destination\.(ip|port)|connection\.sni|(request\.headers|request\.auth\.claims|experimental\.envoy\.filters\.[^[]*)\[.+\])$/;

function condition({ key = '', values = [], notValues = [] }: any): void {
  if (!KEYS.test(key)) no(`"${key}" is no key of a condition`);
  const all: string[] = [...values, ...notValues];
  if (all.length === 0) no(`condition ${key} has no values`);
  if (all.includes('')) no(`condition ${key} has an empty value`);
  if (key.endsWith('.ip')) for (const ip of all) address(ip, key, true);
  if (key === 'destination.port') ports(all);
  if (key === 'source.serviceAccount') accounts(all);
  if (key === 'source.trustDomain') wildcards(all, false);
}

/** Source: validation.go, ValidatePeerAuthentication. */
export function peerAuthentication(spec: any): void {
  const levels = spec.portLevelMtls;
  const selects = Object.keys(spec.selector?.matchLabels ?? {}).length > 0;
  if (Object.keys(levels ?? {}).length > 0 && !selects) no('portLevelMtls stands without a selector');
  for (const port of Object.keys(levels ?? {})) if (!(Number(port) > 0 && Number(port) < 65_536)) no(`"${port}" is no port`);
  selector(spec.selector?.matchLabels);
}

/** Source: validation.go, ValidateRequestAuthentication. */
export function requestAuthentication(spec: any): void {
  oneTarget(spec);
  for (const rule of spec.jwtRules ?? []) {
    if (!rule.issuer && !rule.jwksUri) no('a rule has neither issuer nor jwksUri');
    if (rule.jwksUri && !/^https?:\/\//.test(rule.jwksUri)) no(`"${rule.jwksUri}" is no URL`);
    if (rule.jwks && !isJson(rule.jwks)) no('jwks is no JSON');
    const names = [
      ...(rule.audiences ?? []),
      ...(rule.fromHeaders ?? []).map((h: any) => h.name ?? ''),
      ...(rule.fromParams ?? []),
      ...(rule.fromCookies ?? []),
    ];
    if (names.includes('')) no('a rule has an empty audience or an empty place of a token');
    for (const { header, claim } of rule.outputClaimToHeaders ?? [])
      if (!header || !claim) no('outputClaimToHeaders has no header or no claim');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
