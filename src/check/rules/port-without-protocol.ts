import { servicePortProtocol } from '../../model/protocol';
import { didYouMean } from '../../values/names';
import { isControlPlane, SYSTEM_NAMESPACES } from '../analyzed-pods';
import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';
import { namesNoHttp, serverFirst } from '../server-first';

const MANAGED = ['istio.io-gateway-controller', 'istio.io-mesh-controller', 'istio.io-eastwest-controller'];

/** A port of a Service says no protocol. */
export const portWithoutProtocol: Rule = {
  id: 'MESH039',
  name: 'port-without-protocol',
  severity: 'info',
  codes: ['IST0118', 'IST0150', 'KIA0601', 'KIA0602'],
  summary: 'the name of a port says no protocol',
  why: 'Envoy waits for the first bytes of a connection to tell HTTP from TCP. Where the server speaks first (SMTP, FTP, SSH, MySQL, …) both wait for ever, since protocolDetectionTimeout is 0s by default: a warning. Rules for HTTP do not hold for what it takes for TCP, either. Source: pkg/config/kube/conversion.go, ConvertProtocol.',
  remedy:
    'Call the port `<protocol>` or `<protocol>-<what>` (http, http2, grpc, https, tls, tcp, mongo, mysql, redis), or write `appProtocol`.',
  *check(mesh) {
    for (const c of mesh.of('Service')) {
      if (SYSTEM_NAMESPACES.has(c.namespace)) continue;
      if (isControlPlane(c.manifest.labels) || MANAGED.includes(c.manifest.labels['gateway.istio.io/managed'] ?? '')) continue;
      const external = c.spec.type === 'ExternalName';
      for (const [i, p] of items(c.spec.ports)) {
        const unknown = servicePortProtocol(p.port ?? 0, p.name, p.protocol, p.appProtocol) === 'Unsupported';
        if (!unknown && !(external && p.name === 'tcp')) continue;
        const first = external ? undefined : serverFirst(p.name, p.port, p.targetPort);
        yield {
          at: at(
            c,
            'spec',
            'ports',
            i,
            ...(p.appProtocol !== undefined ? ['appProtocol'] : p.name !== undefined ? ['name'] : []),
          ),
          codes: external ? ['IST0150'] : ['IST0118', p.appProtocol === undefined ? 'KIA0601' : 'KIA0602'],
          ...(external || first ? { severity: 'warning' as const } : {}),
          message: external
            ? `port "${p.port ?? ''}" of an ExternalName is taken for every address when it is TCP or says no protocol`
            : `port "${p.port ?? ''}" ${first ? `looks like ${first}, whose server speaks first: proxies wait for the client, and it waits for the server; its` : 'says no protocol: its'} ${p.appProtocol !== undefined ? `appProtocol is "${p.appProtocol}"` : p.name === undefined ? 'name is missing' : `name is "${p.name}"`}`,
          hint: first ? asBytes(p) : hint(p),
        };
      }
    }
  },
};

const PROTOCOLS = ['http', 'http2', 'grpc', 'grpc-web', 'https', 'tls', 'tcp', 'mongo', 'mysql', 'redis'];

/** `gprc-api` for `grpc-api`; otherwise how it would be HTTP's. */
function hint({ name, appProtocol }: { readonly name?: string; readonly appProtocol?: string }): string {
  const [said, ...rest] = (appProtocol ?? name ?? '').split('-');
  const near = said && said.length > 2 && !PROTOCOLS.includes(said) ? didYouMean(said, PROTOCOLS) : '';
  if (near !== '') return near.slice(2, -1).replace(/"([^"]+)"/g, (_, p) => `"${[p, ...rest].join('-')}"`);
  if (appProtocol !== undefined) return 'for HTTP, write "appProtocol: http"';
  if (namesNoHttp(name)) return asBytes({ name: name! });
  return name ? `for HTTP, call it "http-${name}"` : 'for HTTP, call it "http"';
}

const asBytes = ({ name, appProtocol }: { readonly name?: string; readonly appProtocol?: string }): string =>
  appProtocol !== undefined
    ? 'write "appProtocol: tcp"'
    : `call it "${name ? `tcp-${name}` : 'tcp'}", or write "appProtocol: tcp"`;
