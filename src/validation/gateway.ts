import { isTls, parseProtocol } from '../values/port-protocol';
import type { Field } from './field';
import { scopedHost } from './hosts';
import { ipAddress } from './ip';
import { isLabel, isUnix, portNumber, protocol, speaksHttp, unixPath } from './names';
import { serverTls } from './server-tls';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateGateway. */
export function gateway({ spec, name, annotations, metadata }: Validated): void {
  const internal = annotations['internal.istio.io/gateway-semantics'] === 'gateway';
  if (!isLabel(name) && !internal)
    metadata.at('name').error(`"${name}" is no name of a Gateway: letters, digits and "-", without dots, 63 characters at most`);
  const servers = spec.at('servers');
  if (!servers.given) servers.error('is missing: a Gateway needs a server');
  const names = new Set<string>();
  for (const one of servers.items()) {
    server(one, internal);
    const port = one.at('port');
    if (port.value === undefined) continue;
    const { text } = port.at('name');
    if (names.has(text))
      port.at('name').error(`"${text}" is there twice: ports of a Gateway's servers are told apart by their names`);
    names.add(text);
    if (!speaksHttp(port) && one.at('tls').get('httpsRedirect') === true)
      one.at('tls').at('httpsRedirect').warning('does nothing: it is for servers in plain HTTP');
  }
}

function server(field: Field, internal: boolean): void {
  const [hosts, port, tls] = [field.at('hosts'), field.at('port'), field.at('tls')];
  if (!hosts.given) hosts.error('is missing: say which hosts the server is for, such as "*" or "shop.example.com"');
  for (const host of hosts.items()) scopedHost(host, 'Gateway', internal);
  const before = field.errors;
  serverPort(port, field.at('bind').text);
  const portIsRight = field.errors === before;
  bind(field.at('bind'), port);
  serverTls(tls);
  if (portIsRight) tlsFits(tls, port);
}

function serverPort(port: Field, bound: string): void {
  if (port.value === undefined) {
    port.error('is missing: say number, name and protocol');
    return;
  }
  protocol(port.at('protocol'), true);
  if (port.at('number').number > 0 || !isUnix(bound)) portNumber(port.at('number'));
  if (port.at('targetPort').number > 0) port.at('targetPort').error('does nothing at a Gateway: take it out');
  if (port.at('name').text === '') port.at('name').error('is missing: name the port, such as "http"');
}

/** Source: validation.go, validateServerBind. */
function bind(field: Field, port: Field): void {
  if (field.text === '') return;
  if (!isUnix(field.text)) ipAddress(field);
  else {
    unixPath(field);
    if (port.at('number').number !== 0)
      port.at('number').error(`${port.at('number').number} stands beside a socket ("bind"): say 0`);
  }
}

function tlsFits(tls: Field, port: Field): void {
  const text = port.at('protocol').text;
  if (isTls(parseProtocol(text))) {
    if (tls.value === undefined)
      tls.error(`is missing: a server for ${text} needs it, such as {mode: SIMPLE, credentialName: …}`);
    return;
  }
  if (tls.value === undefined) return;
  const passes = ['', 'PASSTHROUGH', 'AUTO_PASSTHROUGH'].includes(tls.at('mode').text);
  const own = ['caCertificates', 'privateKey', 'serverCertificate'].some((k) => tls.at(k).text !== '');
  if (!speaksHttp(port))
    tls.error(`stands at a server for ${text}, which has none: make the protocol HTTPS or TLS, or take it out`);
  else if (!passes || own)
    tls.error(
      `stands at a server for ${text}, which can have "httpsRedirect: true" alone: make the protocol HTTPS, or take it out`,
    );
}
