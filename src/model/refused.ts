import type { Manifest } from '../manifests/manifest';
import { re2 } from '../routing/string-match';
import { fullName, hostsMeet, hostWithin } from './host';
import { millis } from './mesh-config';

/**
 * Why istiod's webhook would not let the object in, for what decides about routes; nothing where it would. Such an object
 * is never there, so it counts for nothing. Source: pkg/config/validation/virtualservice.go and validation.go.
 */
export function refused(m: Manifest): string | undefined {
  if (m.group !== 'networking.istio.io' && m.group !== 'security.istio.io') return undefined;
  const spec = m.object.spec ?? {};
  try {
    switch (m.kind) {
      case 'VirtualService':
        virtualService(spec, m.namespace || 'default');
        break;
      case 'AuthorizationPolicy':
        authorizationPolicy(spec);
        break;
      case 'DestinationRule':
        destinationRule(spec);
        break;
    }
  } catch (e) {
    return (e as Error).message;
  }
  return undefined;
}

function no(message: string): never {
  throw new Error(message);
}

function virtualService(spec: any, namespace: string): void {
  const { hosts = [], gateways = [], http = [], tls = [], tcp = [] } = spec;
  if (hosts.length === 0 && (gateways.length > 0 || tls.length > 0 || tcp.length > 0))
    no('a delegate may have neither gateways nor tls nor tcp');
  if (http.length + tls.length + tcp.length === 0) no('it has none of http, tls and tcp');
  const inMesh = gateways.length === 0 || gateways.includes('mesh');
  if (hosts.includes('*') && inMesh) no('host "*" is for gateways alone');
  for (const g of gateways as string[]) if (g.startsWith('./') || g === '') no(`gateway "${g}" is no name`);
  const full = (hosts as string[]).map((h) => fullName(h, namespace, 'cluster.local'));
  full.forEach((a, i) => {
    full.slice(i + 1).forEach((b) => {
      if (hostsMeet(a, b)) no(`hosts ${a} and ${b} meet`);
    });
  });
  for (const rule of http) httpRule(rule, hosts.length === 0, inMesh);
  for (const rule of tls) {
    if (!(rule.match?.length > 0)) no('a tls rule has no match');
    for (const match of rule.match)
      for (const sni of match.sniHosts ?? no('a tls match has no sniHosts'))
        if (!full.some((h) => hostWithin(sni, h)) && !(hosts as string[]).some((h) => hostWithin(sni, h)))
          no(`sniHost ${sni} is not of the hosts`);
    weights(rule.route, 'tls');
  }
  for (const rule of tcp) weights(rule.route, 'tcp');
}

function httpRule(rule: any, delegate: boolean, inMesh: boolean): void {
  const { redirect, directResponse, route = [], fault, rewrite, mirror, mirrors, delegate: to } = rule;
  if (to && (redirect || route.length > 0)) no('a rule that delegates has a route');
  if (to && delegate) no('a delegate delegates');
  if (redirect && (route.length > 0 || fault || rewrite || directResponse))
    no('redirect stands beside route, fault, rewrite or directResponse');
  if (directResponse && (route.length > 0 || fault || rewrite)) no('directResponse stands beside route, fault or rewrite');
  if (!redirect && !directResponse && !to && !(delegate === false && route.length > 0) && route.length === 0)
    no('a rule has no route');
  if (mirror && mirrors?.length > 0) no('mirror and mirrors are both there');
  if (route.length > 0) weights(route, 'http');
  if (rewrite) {
    if (rewrite.uri && rewrite.uriRegexRewrite) no('rewrite has uri and uriRegexRewrite');
    if (rewrite.uriRegexRewrite) re2(rewrite.uriRegexRewrite.match ?? '');
    if (!rewrite.uri && !rewrite.authority && !rewrite.uriRegexRewrite) no('rewrite says nothing');
  }
  if (redirect) {
    if (redirect.redirectCode && (redirect.redirectCode < 300 || redirect.redirectCode > 399))
      no('redirectCode is not one of 3xx');
    if (redirect.uri && redirect.prefixRewrite) no('redirect has uri and prefixRewrite');
    if (
      !redirect.uri &&
      !redirect.prefixRewrite &&
      !redirect.authority &&
      !redirect.port &&
      !redirect.derivePort &&
      !redirect.scheme
    )
      no('redirect says nothing');
  }
  if (directResponse && (directResponse.status < 200 || directResponse.status > 600))
    no('status of directResponse is not 200 to 600');
  time(rule.timeout, 'timeout');
  if (rule.retries) {
    const { attempts = 0, perTryTimeout, retryOn } = rule.retries;
    if (attempts < 0) no('retries has attempts below 0');
    if (attempts === 0 && (perTryTimeout || retryOn)) no('retries has 0 attempts and more fields');
    time(perTryTimeout, 'perTryTimeout');
  }
  if (fault) {
    if (!fault.abort && !fault.delay) no('fault has neither abort nor delay');
    for (const p of [fault.abort?.percentage?.value, fault.delay?.percentage?.value])
      if (p !== undefined && p !== 0 && (p < 0.0001 || p > 100)) no(`percentage ${p} is not 0.0001 to 100`);
    time(fault.delay?.fixedDelay, 'fixedDelay');
  }
  for (const p of [rule.mirrorPercentage?.value, ...((mirrors ?? []) as any[]).map((x) => x.percentage?.value)])
    if (p !== undefined && (p < 0 || p > 100)) no(`mirror percentage ${p} is not 0 to 100`);
  for (const match of rule.match ?? []) httpMatch(match, inMesh);
}

function httpMatch(match: any, inMesh: boolean): void {
  for (const field of ['headers', 'withoutHeaders', 'queryParams'])
    for (const [name, value] of Object.entries(match[field] ?? {})) {
      if (name.startsWith('@request.auth.claims') && inMesh) no('claims are matched at gateways alone');
      if (field !== 'queryParams' && value === null) no(`header ${name} is null`);
      text(value, `${field} ${name}`, field === 'withoutHeaders');
    }
  for (const field of ['scheme', 'method', 'authority']) text(match[field], field, false);
  if (match.uri?.regex !== undefined) text(match.uri, 'uri', false);
}

function text(value: any, what: string, star: boolean): void {
  if (value?.prefix === '') no(`${what} has an empty prefix`);
  if (value?.regex === undefined) return;
  if (value.regex === '' || value.regex.length > 1024) no(`${what} has a regex that is empty or too long`);
  if (!(star && value.regex === '*')) re2(value.regex);
}

function time(value: unknown, what: string): void {
  if (value === undefined || value === null) return;
  const ms = millis(value);
  if (ms === undefined || ms < 1) no(`${what} "${value}" is no time of 1 ms or more`);
  if (ms % 1 !== 0) no(`${what} "${value}" is not in whole milliseconds`);
}

function weights(route: any, what: string): void {
  if (!Array.isArray(route) || route.length === 0) no(`a ${what} rule has no route`);
  for (const r of route) {
    if (!r?.destination?.host) no(`a destination of ${what} has no host`);
    if (r.weight < 0) no('a weight is below 0');
  }
  if (route.length > 1 && route.reduce((n: number, r: any) => n + (r.weight ?? 0), 0) === 0) no('all weights are 0');
}

function authorizationPolicy(spec: any): void {
  if (spec.action === 'DENY' && spec.rules === undefined) no('DENY has no rules');
  for (const rule of spec.rules ?? []) {
    if (rule === null) no('a rule is null');
    for (const list of ['from', 'to', 'when']) if (rule[list] !== undefined && rule[list]?.length === 0) no(`${list} is empty`);
  }
}

function destinationRule(spec: any): void {
  if (!spec.host) no('it has no host');
  const names = ((spec.subsets ?? []) as any[]).map((s) => s.name);
  const twice = names.find((n, i) => names.indexOf(n) < i);
  if (twice !== undefined) no(`subset ${twice} is there twice`);
}
