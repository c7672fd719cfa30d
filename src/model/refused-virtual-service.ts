import { hostsMeet, hostWithin } from './host';
import { address, domain, exportTo, label, no } from './refusal';
import { shares } from './refused-destination';
import { httpRule } from './refused-http-rule';

/** Source: pkg/config/validation/validation.go, ValidateVirtualService. */
export function virtualService(spec: any, namespace: string): void {
  const { hosts = [], gateways = [], http = [], tls = [], tcp = [] } = spec;
  if (hosts.length === 0 && (gateways.length > 0 || tls.length > 0 || tcp.length > 0))
    no('a delegate may have neither gateways nor tls nor tcp');
  gatewayNames(gateways);
  const atGateway = gateways.length > 0 && !gateways.includes('mesh');
  if (hosts.includes('*') && !atGateway) no('host "*" is for gateways alone');
  for (const h of hosts as string[]) if (h !== '*') hostName(h, atGateway);
  // as they are written: a short name does not meet its long one here
  (hosts as string[]).forEach((a, i) => {
    for (const b of hosts.slice(i + 1)) if (hostsMeet(a, b)) no(`hosts ${a} and ${b} meet`);
  });
  if (http.length + tls.length + tcp.length === 0) no('it has none of http, tls and tcp');
  for (const rule of http) {
    if (!rule) no('an http rule is null');
    for (const match of rule.match ?? []) {
      gatewayNames(match?.gateways ?? []);
      if (match?.sourceNamespace) label(match.sourceNamespace, 'sourceNamespace');
      if (!atGateway) withoutClaims(match);
    }
    httpRule(rule, hosts.length === 0);
  }
  for (const rule of tls) tlsRule(rule, hosts);
  for (const rule of tcp) {
    for (const match of rule.match ?? []) connectionMatch(match);
    shares(rule.route, 'tcp');
  }
  exportTo(spec.exportTo, namespace, 'other');
}

function hostName(h: string, atGateway: boolean): void {
  if (atGateway && h.startsWith('outbound_')) return; // a name that Istio makes for clusters
  domain(h, 'host', true);
}

/** Source: validation.go, validateGatewayNames: what comes after a name without namespace is not looked at. */
function gatewayNames(names: readonly string[]): void {
  for (const name of names) {
    const at = name.indexOf('/');
    if (at < 0) {
      domain(name, 'gateway', false);
      return;
    }
    label(name.slice(0, at), 'namespace of a gateway');
    label(name.slice(at + 1), 'gateway');
  }
}

function withoutClaims(match: any): void {
  for (const field of ['headers', 'withoutHeaders'])
    for (const name of Object.keys(match?.[field] ?? {}))
      if (/^@request\.auth\.claims[.[]/i.test(name)) no('claims are matched at gateways alone');
}

function tlsRule(rule: any, hosts: readonly string[]): void {
  if (!(rule.match?.length > 0)) no('a tls rule has no match');
  for (const match of rule.match) {
    if (!(match?.sniHosts?.length > 0)) no('a tls match has no sniHosts');
    for (const sni of match.sniHosts) {
      if (!/^[\d.]+$/.test(sni) && sni !== '*') domain(sni, 'sniHost', true);
      if (!hosts.some((h) => hostWithin(sni, h))) no(`sniHost ${sni} is not of the hosts`);
    }
    connectionMatch(match);
  }
  shares(rule.route, 'tls');
}

function connectionMatch(match: any): void {
  if (!match) no('a match is null');
  for (const s of match.destinationSubnets ?? []) address(s, 'destinationSubnets', true);
  gatewayNames(match.gateways ?? []);
}
