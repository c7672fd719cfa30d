import { isWild } from './host';
import { isHttp, isTls, parseProtocol } from './protocol';
import { address, domain, exportTo, label, no, selector } from './refusal';

/** Source: pkg/config/validation/validation.go, ValidateGateway. */
export function gateway(spec: any): void {
  if (!(spec.servers?.length > 0)) no('it has no servers');
  const names = new Set<string>();
  for (const s of spec.servers) {
    if (!s?.port) no('a server has no port');
    if (!(s.hosts?.length > 0)) no('a server has no hosts');
    for (const h of s.hosts) scopedHost(h, true);
    const protocol = parseProtocol(s.port.protocol ?? '');
    if (protocol === 'Unsupported') no(`"${s.port.protocol}" is no protocol of a server`);
    if (!s.port.name) no('a port has no name');
    if (names.has(s.port.name)) no(`port name ${s.port.name} is there twice`);
    names.add(s.port.name);
    if (s.bind) address(s.bind, 'bind', false);
    if (s.tls) serverTls(s.tls);
    if (isTls(protocol) && !s.tls) no('a server for HTTPS or TLS has no tls');
    if (!isTls(protocol) && s.tls) plainTls(s.tls, isHttp(protocol));
  }
}

/** A server for plain HTTP may only send to HTTPS. */
function plainTls(tls: any, http: boolean): void {
  const passes = (tls.mode ?? 'PASSTHROUGH') === 'PASSTHROUGH' || tls.mode === 'AUTO_PASSTHROUGH';
  if (!http || !passes || tls.caCertificates || tls.privateKey || tls.serverCertificate) no('a server in plain text has tls');
}

function serverTls(tls: any): void {
  const own = tls.credentialName || tls.credentialNames?.length > 0;
  if (tls.mode === 'ISTIO_MUTUAL') {
    if (own || tls.serverCertificate || tls.privateKey || tls.caCertificates) no('tls ISTIO_MUTUAL has certificates of its own');
    return;
  }
  if (!['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'].includes(tls.mode) || own) return;
  const certificates: any[] = tls.tlsCertificates?.length > 0 ? tls.tlsCertificates : [tls];
  if (tls.mode !== 'SIMPLE' && !tls.caCertificates) no(`tls ${tls.mode} has no caCertificates`);
  if (certificates.some((c) => !c.serverCertificate || !c.privateKey)) no(`tls ${tls.mode} has no certificate or no key`);
}

/** `namespace/host`, where a Gateway may leave the namespace out. */
function scopedHost(text: string, isGateway: boolean): void {
  const at = text.indexOf('/');
  if (at < 0 && !isGateway) no(`host "${text}" has no namespace before a "/"`);
  const [first, host] = at < 0 ? ['*', text] : [text.slice(0, at), text.slice(at + 1)];
  if (first === '' || host === '') no(`host "${text}" has an empty part`);
  const namespace = isGateway ? first : first.replace(/^~/, '');
  if (!['', '*', '.'].includes(namespace)) label(namespace, 'namespace');
  if (host !== '*') domain(host, 'host', true);
}

/** Source: validation.go, ValidateSidecar. */
export function sidecar(spec: any): void {
  const { egress = [], ingress = [] } = spec;
  selector(spec.workloadSelector?.labels);
  if (egress.length === 0 && ingress.length === 0 && !spec.outboundTrafficPolicy && !spec.inboundConnectionPool)
    no('it says nothing');
  unique(ingress.map((i: any) => i?.port?.number ?? no('an ingress listener has no port')));
  unique(egress.flatMap((e: any) => (e?.port?.number ? [e.port.number] : [])));
  (egress as any[]).forEach((e, i) => {
    if (!e.port && i < egress.length - 1) no('an egress listener without port is not the last');
    if (!(e.hosts?.length > 0)) no('an egress listener has no hosts');
    for (const h of e.hosts) scopedHost(h, false);
  });
  for (const { port, bind } of [...ingress, ...egress])
    if (port) {
      if (port.name) label(port.name, 'port name');
      if (port.protocol && parseProtocol(port.protocol) === 'Unsupported') no(`"${port.protocol}" is no protocol`);
      if (bind && port.number) address(bind, 'bind', false);
    }
}

function unique(ports: readonly number[]): void {
  if (new Set(ports).size < ports.length) no('two listeners have one port');
}

/** Source: validation.go, ValidateServiceEntry. */
export function serviceEntry(spec: any, namespace: string): void {
  const { hosts = [], addresses = [], ports = [], endpoints, resolution = 'NONE' } = spec;
  const dns = resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN';
  const dynamic = resolution === 'DYNAMIC_DNS';
  selector(spec.workloadSelector?.labels);
  if (spec.workloadSelector && endpoints) no('it has workloadSelector and endpoints');
  if (hosts.length === 0) no('it has no hosts');
  for (const h of hosts as string[]) {
    if (h === '*') no('host "*" is every host');
    domain(h, 'host', true);
    if (dynamic && !isWild(h)) no(`host ${h} is no wildcard, with resolution DYNAMIC_DNS`);
    if (dns && !(endpoints?.length > 0) && isWild(h)) no(`host ${h} is a wildcard, which DNS does not know`);
  }
  for (const a of addresses as string[]) address(a, 'address', true);
  if ((dns || dynamic) && (addresses as string[]).some((a) => a.includes('/')))
    no(`a range of addresses stands with resolution ${resolution}`);
  if (dynamic && (addresses.length > 0 || endpoints?.length > 0)) no('addresses or endpoints stand with resolution DYNAMIC_DNS');
  entryPorts(ports, dynamic);
  const names = new Set((ports as any[]).map((p) => p.name));
  if (resolution === 'NONE' && endpoints?.length > 0) no('endpoints stand with resolution NONE');
  if (resolution === 'DNS_ROUND_ROBIN' && endpoints?.length > 1) no('several endpoints stand with resolution DNS_ROUND_ROBIN');
  for (const e of endpoints ?? []) {
    if (resolution === 'STATIC' && !e.address?.startsWith('unix://')) address(e.address ?? '', 'address of an endpoint', false);
    if (dns && !/^[\d.]+$|:/.test(e.address)) domain(e.address ?? '', 'address of an endpoint', false);
    for (const name of Object.keys(e.ports ?? {}))
      if (!names.has(name)) no(`port ${name} of an endpoint is none of the ServiceEntry`);
  }
  if (resolution !== 'NONE' && hosts.length > 1)
    for (const p of ports as any[]) {
      const protocol = parseProtocol(p.protocol ?? '');
      if (!isHttp(protocol) && !isTls(protocol)) no('several hosts have a port that is neither HTTP nor TLS');
    }
  exportTo(spec.exportTo, namespace, 'entry');
}

function entryPorts(ports: readonly any[], dynamic: boolean): void {
  const [names, numbers] = [new Set<string>(), new Set<number>()];
  for (const p of ports) {
    if (!p) no('a port is null');
    if (names.has(p.name) || numbers.has(p.number)) no(`port ${p.name} (${p.number}) is there twice`);
    names.add(p.name);
    numbers.add(p.number);
    label(p.name ?? '', 'port name');
    const protocol = parseProtocol(p.protocol ?? '');
    if (p.protocol && protocol === 'Unsupported') no(`"${p.protocol}" is no protocol`);
    if (dynamic && !['HTTP', 'TLS', 'GRPC', 'HTTP2'].includes(protocol)) no(`${p.protocol} stands with resolution DYNAMIC_DNS`);
  }
}
