import { hostsMeet } from '../values/host-name';
import { tcpRule, tlsRule } from './connection-rules';
import { exportTo } from './export-to';
import type { Field } from './field';
import { gatewayNames } from './gateway-names';
import { isClaim } from './header-names';
import { wrongSni } from './hosts';
import { httpRule } from './http-rule';
import { isIp } from './ip';
import { wrongWildName } from './names';
import { reachability } from './reachability';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateVirtualService. */
export function virtualService({ spec, namespace, annotations }: Validated): void {
  const [hosts, gateways, http, tls, tcp] = ['hosts', 'gateways', 'http', 'tls', 'tcp'].map((k) => spec.at(k)) as [
    Field,
    Field,
    Field,
    Field,
    Field,
  ];
  const internal = annotations['internal.istio.io/route-semantics'] === 'gateway';
  const delegate = !hosts.given;
  if (delegate)
    for (const field of [gateways, tls, tcp])
      if (field.given)
        field.error('stands in a VirtualService without hosts, which is one that others delegate to: it has http alone');
  gatewayNames(gateways, internal);
  const listed: readonly string[] = gateways.value ?? [];
  // `mesh` beside gateways counts as the mesh alone
  const atGateway = listed.length > 0 && !listed.includes('mesh');
  if (!atGateway) noClaims(http);
  if (checkedHosts(hosts, atGateway, tls)) noDuplicates(hosts);
  if (!http.given && !tls.given && !tcp.given) spec.error('has no rules: it needs http, tls or tcp');
  for (const rule of http.items()) httpRule(rule, delegate, internal);
  // sniHosts are those of a gateway where "mesh" is not said, even where no gateway is
  for (const rule of tls.items()) tlsRule(rule, hosts, !listed.includes('mesh'), internal);
  for (const rule of tcp.items()) tcpRule(rule, internal);
  exportTo(spec.at('exportTo'), namespace, 'other');
  reachability(spec);
}

function noClaims(http: Field): void {
  for (const rule of http.items())
    for (const match of rule.at('match').items())
      for (const map of ['headers', 'withoutHeaders'])
        for (const header of match.at(map).entries())
          if (isClaim(header.key))
            header.error(
              `"${header.key}" is a claim of a token, which can be matched at gateways alone: bind the VirtualService to gateways, without "mesh"`,
            );
}

/** Whether all hosts are names that can be compared. */
function checkedHosts(hosts: Field, atGateway: boolean, tls: Field): boolean {
  const sni = [...tls.items()].some((rule) => [...rule.at('match').items()].some((m) => m.at('sniHosts').given));
  let all = true;
  for (const host of hosts.items()) {
    const wrong = atGateway ? wrongSni(host.text, sni) : wrongWildName(host.text);
    const everything = wrong === undefined && !atGateway && host.text === '*';
    if (wrong !== undefined && isIp(host.text)) continue;
    if (wrong !== undefined) host.error(wrong);
    if (everything)
      host.error('"*" is every host, which is possible at gateways alone: name hosts, or bind the VirtualService to gateways');
    if (wrong !== undefined || everything) all = false;
  }
  return all;
}

/** As they are written: a short name and its long one are two. */
function noDuplicates(hosts: Field): void {
  const all = [...hosts.items()];
  for (const [i, a] of all.entries())
    for (const b of all.slice(i + 1))
      if (hostsMeet(a.text, b.text))
        b.error(
          a.text === b.text
            ? `"${b.text}" is there twice`
            : `"${b.text}" and "${a.text}" have names in common: leave one of them out`,
        );
}
