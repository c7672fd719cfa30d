// From CRD schemas to TypeScript interfaces: nested objects get a name from their field, equal ones share it.

/** The part of a CustomResourceDefinition that is read. */
export interface Crd {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** The part of a schema that is read. */
export interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  additionalProperties?: Schema | boolean;
  oneOf?: Schema[];
  allOf?: Schema[];
  not?: { anyOf: Schema[] };
  nullable?: boolean;
  format?: string;
  minimum?: number;
  maximum?: number;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-validations'?: { rule: string; message: string }[];
}

/** Names as in Istio's reference, where a field's own name would not say it. */
const NAMES: Record<string, string> = {
  'VirtualService.http': 'HTTPRoute',
  'VirtualService.tls': 'TLSRoute',
  'VirtualService.tcp': 'TCPRoute',
  'HTTPRoute.match': 'HTTPMatchRequest',
  'HTTPRoute.route': 'HTTPRouteDestination',
  'HTTPRoute.retries': 'HTTPRetry',
  'HTTPRoute.fault': 'HTTPFaultInjection',
  'HTTPRoute.redirect': 'HTTPRedirect',
  'HTTPRoute.rewrite': 'HTTPRewrite',
  'HTTPRoute.directResponse': 'HTTPDirectResponse',
  'HTTPRoute.mirrors': 'HTTPMirrorPolicy',
  'TLSRoute.match': 'TLSMatchAttributes',
  'TCPRoute.match': 'L4MatchAttributes',
  'TLSRoute.route': 'RouteDestination',
  'HTTPMatchRequest.uri': 'StringMatch',
  'Gateway.servers': 'Server',
  'Server.tls': 'ServerTLSSettings',
  'Server.port': 'Port',
  'ServiceEntry.ports': 'ServicePort',
  'ServiceEntry.endpoints': 'WorkloadEntrySpec',
  'TrafficPolicy.portLevelSettings': 'PortTrafficPolicy',
  'TrafficPolicy.loadBalancer': 'LoadBalancerSettings',
  'TrafficPolicy.connectionPool': 'ConnectionPoolSettings',
  'TrafficPolicy.tls': 'ClientTLSSettings',
  'DestinationRule.subsets': 'Subset',
  'PortTrafficPolicy.tls': 'ClientTLSSettings',
  'PortTrafficPolicy.loadBalancer': 'LoadBalancerSettings',
  'OutboundTrafficPolicy.egressProxy': 'Destination',
  'CorsPolicy.allowOrigins': 'StringMatch',
  'Headers.request': 'HeaderOperations',
};

const major = (v: string) => {
  const [, n, stage, m] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(v) ?? [];
  return Number(n) * 100 + (stage === undefined ? 90 : stage === 'beta' ? 50 : 0) + Number(m ?? 0);
};

/** The interfaces of a group's kinds, newest served version of each. */
export function typesOf(crds: readonly Crd[]): { interfaces: string[]; kinds: { kind: string; version: string }[] } {
  const bodies = new Map<string, string>(); // name -> body
  const names = new Map<string, string>(); // body -> name

  const named = (wanted: string, parent: string, s: Schema): string => {
    const body = object(wanted, s);
    const known = names.get(body);
    if (known && !wanted.endsWith('Spec')) return known;
    let name = wanted;
    if (bodies.has(name) && bodies.get(name) !== body) name = `${parent}${wanted}`;
    for (let i = 2; bodies.has(name) && bodies.get(name) !== body; i++) name = `${parent}${wanted}${i}`;
    bodies.set(name, body);
    if (!names.has(body)) names.set(body, name);
    return name;
  };

  const typeOf = (s: Schema, parent: string, field: string): string => {
    if (s['x-kubernetes-int-or-string']) return 'number | string';
    if (s.enum) return s.enum.map((e) => `'${e}'`).join(' | ');
    switch (s.type) {
      case 'string':
        return 'string';
      case 'integer':
      case 'number':
        return 'number';
      case 'boolean':
        return 'boolean';
      case 'array': {
        const item = typeOf(s.items!, parent, field);
        return item.includes('|') ? `readonly (${item})[]` : `readonly ${item}[]`;
      }
      case 'object': {
        if (s.properties) {
          const owner = parent.replace(/Spec$/, '');
          return named(NAMES[`${owner}.${field}`] ?? upper(field), owner, s);
        }
        if (typeof s.additionalProperties === 'object')
          return `Readonly<Record<string, ${typeOf(s.additionalProperties, parent, field)}>>`;
        return 'Readonly<Record<string, unknown>>';
      }
      default:
        return 'unknown';
    }
  };

  const object = (name: string, s: Schema): string =>
    Object.entries(s.properties ?? {})
      .map(
        ([field, f]) =>
          `  readonly ${/^[A-Za-z_]\w*$/.test(field) ? field : `'${field}'`}${s.required?.includes(field) ? '' : '?'}: ${typeOf(f, name, field)}${s.required?.includes(field) ? '' : ' | undefined'};`,
      )
      .join('\n');

  const kinds = crds.map((crd) => {
    const version = crd.spec.versions.filter((v) => v.served).sort((a, b) => major(b.name) - major(a.name))[0]!;
    const { kind } = crd.spec.names;
    named(`${kind}Spec`, kind, version.schema.openAPIV3Schema.properties!.spec!);
    return { kind, version: version.name };
  });
  return { kinds, interfaces: [...bodies].map(([name, body]) => `export interface ${name} {\n${body}\n}\n`) };
}

const upper = (field: string) => field.charAt(0).toUpperCase() + field.slice(1);
