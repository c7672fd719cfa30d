import { hostWithin } from '../values/host-name';
import { weighted } from './destinations';
import { type Field, quoted } from './field';
import { gatewayNames } from './gateway-names';
import { wrongSni } from './hosts';
import { ipOrRange, isIp } from './ip';
import { labels } from './labels';
import { portNumber, wrongWildName } from './names';

/** A rule of `tls`. Source: validation.go, validateTLSRoute. */
export function tlsRule(rule: Field, hosts: Field, atGateway: boolean, internal: boolean): void {
  if (!rule.at('match').given) rule.at('match').error('is missing: connections are told apart by their sniHosts');
  for (const match of rule.at('match').items()) {
    const names = match.at('sniHosts');
    if (!names.given) names.error('is missing: say which names of servers (SNI) the rule is for');
    for (const name of names.items()) sniHost(name, hosts, atGateway);
    connectionMatch(match);
  }
  routed(rule, internal);
}

/** A rule of `tcp`. Source: validation.go, validateTCPRoute. */
export function tcpRule(rule: Field, internal: boolean): void {
  for (const match of rule.at('match').withoutWarnings().items()) connectionMatch(match);
  routed(rule, internal);
}

function routed(rule: Field, internal: boolean): void {
  if (!rule.at('route').given) rule.at('route').error('is missing: say where connections go');
  weighted(rule.at('route'), internal);
}

function connectionMatch(match: Field): void {
  for (const subnet of match.at('destinationSubnets').items()) ipOrRange(subnet);
  if (match.at('port').number !== 0) portNumber(match.at('port'));
  labels(match.at('sourceLabels'));
  gatewayNames(match.at('gateways'));
}

/** Source: validation.go, validateSniHost. */
function sniHost(name: Field, hosts: Field, atGateway: boolean): void {
  const wrong = atGateway ? wrongSni(name.text, true) : wrongWildName(name.text);
  if (wrong !== undefined) {
    if (isIp(name.text))
      name.warning(`"${name.text}" is an IP address: a name of a server (SNI) is none, and most clients do not send it`);
    else name.error(wrong);
    return;
  }
  const all: readonly string[] = hosts.value ?? [];
  if (!all.some((h) => hostWithin(name.text, h)))
    name.error(
      all.length === 0
        ? `"${name.text}" is none of the VirtualService's hosts, of which there are none`
        : `"${name.text}" is not among the VirtualService's hosts, which are ${quoted(all)}: add it there`,
    );
}
