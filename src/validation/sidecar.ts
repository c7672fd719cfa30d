import { isTls, parseProtocol } from '../values/port-protocol';
import { connectionPool } from './connection-pool';
import { subsetAndPort } from './destinations';
import type { Field } from './field';
import { scopedHost } from './hosts';
import { ipAddress } from './ip';
import { selector } from './labels';
import { isGoInt, isUnix, label, portNumber, protocol, speaksHttp, tell, unixPath, wrongName } from './names';
import { serverTls } from './server-tls';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateSidecar. */
export function sidecar({ spec, namespace }: Validated): void {
  const [ingress, egress, policy, pool] = ['ingress', 'egress', 'outboundTrafficPolicy', 'inboundConnectionPool'].map((k) =>
    spec.at(k),
  ) as [Field, Field, Field, Field];
  const before = spec.errors;
  const says = [ingress, egress, policy, pool].some((f) => f.given);
  const pods = spec.at('workloadSelector');
  selector(says ? pods : pods.withoutWarnings(), 'labels');
  if (spec.errors > before) return;
  if (!says) {
    spec.error('says nothing: it needs one of ingress, egress, outboundTrafficPolicy and inboundConnectionPool');
    return;
  }
  const inbound = new Set<number>();
  for (const listener of ingress.items()) ingressListener(listener, inbound);
  connectionPool(pool);
  const outbound = { ports: new Set<number>(), sockets: new Set<string>() };
  for (const listener of egress.items()) egressListener(listener, listener.key === egress.value.length - 1, outbound, namespace);
  outboundPolicy(policy);
}

function ingressListener(listener: Field, seen: Set<number>): void {
  const port = listener.at('port');
  if (port.value === undefined) {
    port.error('is missing: say which port of the workload it is for');
    return;
  }
  noTargetPort(port);
  if (port.at('name').text !== '') label(port.at('name'));
  protocol(port.at('protocol'));
  portNumber(port.at('number'));
  if (listener.at('bind').text !== '') ipAddress(listener.at('bind'));
  once(port.at('number'), seen);
  if (listener.at('defaultEndpoint').text !== '') defaultEndpoint(listener.at('defaultEndpoint'));
  if (listener.at('tls').value !== undefined) ingressTls(listener.at('tls'), port);
  connectionPool(listener.at('connectionPool'));
  const http = listener.at('connectionPool').at('http');
  if (http.value !== undefined && !speaksHttp(port))
    http.warning(`does nothing: the port's protocol is "${port.at('protocol').text}", and only "tcp" counts there`);
}

function noTargetPort(port: Field): void {
  if (port.at('targetPort').number > 0) port.at('targetPort').error('does nothing in a Sidecar: take it out');
}

function once(number: Field, seen: Set<number>): void {
  if (seen.has(number.number)) number.error(`${number.number} is there twice: a port has one listener`);
  seen.add(number.number);
}

const LOCAL = ['', '127.0.0.1', '0.0.0.0', '::1', '::'];

function defaultEndpoint(field: Field): void {
  const { text } = field;
  if (isUnix(text)) {
    unixPath(field);
    return;
  }
  const match = /^(?:\[([^[\]]*)\]|([^[\]:]*)):([^[\]:]*)$/.exec(text);
  const port = match?.[3] ?? '';
  const right = match && LOCAL.includes(match[1] ?? match[2] ?? '') && isGoInt(port) && Number(port) > 0 && Number(port) < 65_536;
  if (!right)
    field.error(
      `"${text}" is no place where the workload listens: write "127.0.0.1:8080", "0.0.0.0:8080", "[::1]:8080", ":8080" or "unix:///…"`,
    );
}

/** What a sidecar's own server can do of TLS. */
function ingressTls(tls: Field, port: Field): void {
  for (const k of ['subjectAltNames', 'credentialName', 'credentialNames', 'tlsCertificates'])
    if (tls.at(k).given && tls.at(k).value !== '')
      tls.at(k).error('is not possible in a Sidecar: name files with serverCertificate and privateKey');
  if (tls.get('httpsRedirect') === true) tls.at('httpsRedirect').error('is not possible in a Sidecar: it is for gateways');
  const mode = tls.at('mode');
  if (mode.text === 'ISTIO_MUTUAL' || mode.text === 'AUTO_PASSTHROUGH') mode.error(`"${mode.text}" is not possible in a Sidecar`);
  if (!isTls(parseProtocol(port.at('protocol').text)))
    tls.error(`stands at a port of protocol "${port.at('protocol').text}": make that HTTPS or TLS, or take it out`);
  serverTls(tls);
}

interface Seen {
  readonly ports: Set<number>;
  readonly sockets: Set<string>;
}

function egressListener(listener: Field, last: boolean, seen: Seen, namespace: string): void {
  const port = listener.at('port');
  if (port.value === undefined) {
    if (!last) port.error('is missing, so the listener is for all ports that no other is for: put it last');
  } else {
    noTargetPort(port);
    egressPort(listener, port);
    if (port.at('number').number !== 0) once(port.at('number'), seen.ports);
    else {
      const { text } = listener.at('bind');
      if (seen.sockets.has(text)) listener.at('bind').error(`"${text}" is there twice: a socket has one listener`);
      seen.sockets.add(text);
    }
  }
  const hosts = listener.at('hosts');
  if (!hosts.given) hosts.error('is missing: say what can be reached, such as "./*"');
  egressHosts(hosts, namespace);
}

/** Source: validation.go, validateSidecarEgressPortBindAndCaptureMode. */
function egressPort(listener: Field, port: Field): void {
  const [bind, capture, number] = [listener.at('bind'), listener.at('captureMode'), port.at('number')];
  if (port.at('name').text !== '') label(port.at('name'));
  protocol(port.at('protocol'));
  if (number.number !== 0) {
    portNumber(number);
    if (bind.text !== '') ipAddress(bind);
    return;
  }
  if (isUnix(bind.text)) unixPath(bind);
  else number.error('is missing or 0, which is for a socket: say a number, or bind to "unix:///…"');
  if (!['', 'DEFAULT', 'NONE'].includes(capture.text)) capture.error(`"${capture.text}" cannot be for a socket: say NONE`);
}

function egressHosts(hosts: Field, namespace: string): void {
  const seen = new Map<string, Set<string>>();
  for (const host of hosts.items()) {
    const { text } = host;
    const at = text.indexOf('/');
    if (at >= 0 && !text.startsWith('~')) {
      const of = text.slice(0, at) === '.' ? namespace : text.slice(0, at);
      const name = text.slice(at + 1);
      const others = seen.get(of) ?? new Set<string>();
      seen.set(of, others);
      const covered = name === '*' ? others.size > 0 : others.has(name) || others.has('*');
      if (covered) host.warning(`"${text}" and a host before it are the same, or one is within the other: leave one out`);
      others.add(name);
    }
    scopedHost(host, 'Sidecar');
  }
  if (seen.get('*')?.has('*') && seen.size !== 1) hosts.warning('has "*/*", which is everything, and more: leave the others out');
}

/** Source: validation.go, validateSidecarOutboundTrafficPolicy. */
function outboundPolicy(policy: Field): void {
  const [mode, proxy] = [policy.at('mode'), policy.at('egressProxy')];
  if (proxy.value !== undefined) {
    if (mode.text !== 'ALLOW_ANY') {
      proxy.error('stands without "mode: ALLOW_ANY": add that');
      return;
    }
    tell(proxy.at('host'), wrongName(proxy.at('host').text));
    if (proxy.at('port').value === undefined) proxy.at('port').error('is missing: say which port, as {number: …}');
    else subsetAndPort(proxy);
  }
}
