import { isWild } from '../values/host-name';
import { isHttp, isTls, parseProtocol } from '../values/port-protocol';
import { exportTo } from './export-to';
import type { Field } from './field';
import { isPartlyWild, nameOrIp } from './hosts';
import { ipOrRange } from './ip';
import { labels, selector } from './labels';
import { label, portNumber, protocol, wrongName, wrongWildName } from './names';
import type { Validated } from './validated';
import { endpoint, endpointPorts } from './workload-entry';

const TCP = ['TCP', 'HTTPS', 'TLS', 'Mongo', 'Redis', 'MySQL'];
const DYNAMIC = ['HTTP', 'TLS', 'GRPC', 'HTTP2'];

/** Source: pkg/config/validation/validation.go, ValidateServiceEntry. */
export function serviceEntry(v: Validated): void {
  const { spec, namespace } = v;
  const [hosts, addresses, ports, endpoints, pods] = ['hosts', 'addresses', 'ports', 'endpoints', 'workloadSelector'].map((k) =>
    spec.at(k),
  ) as [Field, Field, Field, Field, Field];
  const resolution = spec.at('resolution').text || 'NONE';
  const before = spec.errors;
  selector(pods, 'labels');
  if (spec.errors > before) return;
  if (pods.given && endpoints.given) endpoints.error('stand beside "workloadSelector": take one of the two out');
  if (!hosts.given) hosts.error('is missing: name a host');
  for (const host of hosts.items()) hostName(host, resolution);
  for (const address of addresses.items()) ipOrRange(address);
  if (resolution !== 'NONE' && resolution !== 'STATIC')
    for (const address of addresses.items())
      if (address.text.includes('/')) address.error(`"${address.text}" is a range, which resolution NONE or STATIC can have`);
  entryPorts(v, resolution);
  resolved(v, resolution);
  if (resolution !== 'NONE' && hosts.value?.length > 1)
    for (const port of ports.items()) {
      const p = parseProtocol(port.at('protocol').text);
      if (isHttp(p) || isTls(p)) continue;
      port.error(
        'is neither HTTP nor TLS, so the hosts of the ServiceEntry cannot be told apart there: write a ServiceEntry for each',
      );
      break;
    }
  exportTo(spec.at('exportTo'), namespace, 'ServiceEntry');
}

function hostName(host: Field, resolution: string): void {
  if (host.text === '*') {
    host.error('"*" is every host: name one');
    return;
  }
  const wrong = wrongWildName(host.text);
  if (wrong !== undefined) host.error(wrong);
  if (resolution !== 'DYNAMIC_DNS' && isPartlyWild(host.text))
    host.warning(`"${host.text}" has a "*" that is not the whole first part: "*.example.com" is possible`);
}

function entryPorts({ spec, labels: own }: Validated, resolution: string): void {
  const [names, numbers] = [new Set<string>(), new Set<number>()];
  const optedOut = own['networking.istio.io/enable-autoallocate-ip']?.toLowerCase() === 'false';
  const noAddress = !spec.at('addresses').given && (resolution === 'NONE' || optedOut);
  for (const port of spec.at('ports').items()) {
    const [name, number, said] = [port.at('name'), port.at('number'), port.at('protocol')];
    if (names.has(name.text)) name.error(`"${name.text}" is there twice`);
    if (numbers.has(number.number)) number.error(`${number.number} is there twice`);
    names.add(name.text);
    numbers.add(number.number);
    if (port.at('targetPort').number !== 0) portNumber(port.at('targetPort'));
    if (noAddress && (said.text === '' || said.text === 'TCP'))
      port.warning(
        'is TCP, and the ServiceEntry has no addresses and is given none: it takes all connections to the port, wherever they go',
      );
    label(name);
    protocol(said);
    portNumber(number);
  }
}

function resolved(v: Validated, resolution: string): void {
  const { spec } = v;
  const [endpoints, pods] = [spec.at('endpoints'), spec.at('workloadSelector')];
  const names = new Set<string>();
  for (const port of spec.at('ports').items()) names.add(port.at('name').text);
  switch (resolution) {
    case 'NONE':
      if (endpoints.given) endpoints.error('stand beside resolution NONE, which goes where the client goes: say STATIC or DNS');
      if (pods.given) pods.warning('stands beside resolution NONE, which goes where the client goes: say STATIC');
      break;
    case 'STATIC':
      for (const e of endpoints.items()) endpoint(e, names);
      break;
    case 'DNS':
    case 'DNS_ROUND_ROBIN':
      byDns(spec, resolution, names);
      break;
    case 'DYNAMIC_DNS':
      dynamic(v);
      break;
    default:
      spec.at('resolution').error(`"${resolution}" is none that there is`);
  }
}

function byDns(spec: Field, resolution: string, names: ReadonlySet<string>): void {
  const [hosts, endpoints] = [spec.at('hosts'), spec.at('endpoints')];
  if (!endpoints.given) {
    const bad = [...hosts.items()].find((h) => wrongName(h.text) !== undefined);
    bad?.error(`"${bad.text}" is nothing that DNS knows: with resolution ${resolution} name hosts in full, or add endpoints`);
  }
  if (resolution === 'DNS_ROUND_ROBIN' && endpoints.value?.length > 1)
    endpoints.error('are several, and resolution DNS_ROUND_ROBIN can have one: say DNS');
  for (const e of endpoints.items()) {
    nameOrIp(e.at('address'));
    labels(e.at('labels'));
    endpointPorts(e.at('ports'), names);
  }
  if (!spec.at('addresses').given || !(hosts.value?.length > 1)) return;
  for (const port of spec.at('ports').items())
    if (TCP.includes(parseProtocol(port.at('protocol').text))) {
      hosts.warning(
        'are several, with addresses and a port of TCP, where they cannot be told apart: write a ServiceEntry for each',
      );
      return;
    }
}

function dynamic({ spec, labels: own }: Validated): void {
  for (const host of spec.at('hosts').items())
    if (!isWild(host.text)) host.error(`"${host.text}" is no wildcard, which resolution DYNAMIC_DNS is for: say DNS`);
  for (const k of ['addresses', 'endpoints'])
    if (spec.at(k).given)
      spec.at(k).error('stand beside resolution DYNAMIC_DNS, which asks DNS for the name of each request: take them out');
  for (const port of spec.at('ports').items()) {
    const said = port.at('protocol');
    if (!DYNAMIC.includes(parseProtocol(said.text)))
      said.error(`"${said.text}" has no host that resolution DYNAMIC_DNS could ask for: it can be ${DYNAMIC.join(', ')}`);
  }
  const waypoint = own['istio.io/use-waypoint'] ?? '';
  if (spec.at('location').text === 'MESH_INTERNAL' && waypoint !== '' && waypoint.toLowerCase() !== 'none')
    spec
      .at('location')
      .error(`is MESH_INTERNAL, which resolution DYNAMIC_DNS cannot have with a waypoint ("${waypoint}"): say MESH_EXTERNAL`);
}
