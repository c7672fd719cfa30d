import type { Manifest } from '../../manifests/manifest';
import { type Fact, list, NO_FACTS, NOTHING, type References } from './references';

const GATEWAY_API = 'gateway.networking.k8s.io';
const ROUTES: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']);

/** A Service to which requests from outside are led. */
interface Backend {
  readonly host: string;
  /** Nothing where it has a name, or none. */
  readonly port: number | undefined;
}

const isRoute = (m: Manifest): boolean => m.group === GATEWAY_API && ROUTES.has(m.kind);
const isIngress = (m: Manifest): boolean => m.group === 'networking.k8s.io' && m.kind === 'Ingress';
const isGateway = (m: Manifest): boolean => m.group === GATEWAY_API && m.kind === 'Gateway';
const isGrant = (m: Manifest): boolean => m.group === GATEWAY_API && m.kind === 'ReferenceGrant';

/** The Services to which an Ingress leads, or a route of the Gateway API; mirrors too, where `copies` says so. */
export function backendsOf(m: Manifest, domain: string, { copies }: { readonly copies: boolean }): readonly Backend[] {
  const spec = m.object.spec ?? {};
  const backend = (name: string, namespace: string, port: unknown): Backend => ({
    host: `${name}.${namespace}.svc.${domain}`,
    port: typeof port === 'number' ? port : undefined,
  });
  if (isIngress(m))
    return [spec.defaultBackend, ...list(spec.rules).flatMap((r) => list(r.http?.paths).map((p) => p.backend))].flatMap((b) =>
      b?.service?.name ? [backend(b.service.name, m.namespace, b.service.port?.number)] : [],
    );
  if (!isRoute(m)) return [];
  return referred(m)
    .filter((r) => r.kind === '/Service' && (r.of === 'backend' || (copies && r.of === 'copy')))
    .map((r) => backend(r.name, r.namespace, r.port));
}

/** What an object of the Gateway API names, or an Ingress besides its backends. */
interface Referred {
  readonly of: 'backend' | 'copy' | 'parent' | 'certificate';
  /** With its group: `/Service`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly port: unknown;
}

/** Source: gateway-api, apis/v1, BackendObjectReference, ParentReference and SecretObjectReference, with what they say where a field is left out. */
function referred(m: Manifest): readonly Referred[] {
  const spec = m.object.spec ?? {};
  if (isIngress(m))
    return list(spec.tls).flatMap(({ secretName: name }) =>
      typeof name === 'string' ? [{ of: 'certificate', kind: '/Secret', namespace: m.namespace, name, port: undefined }] : [],
    );
  const to = (of: Referred['of'], ref: any, group: string, kind: string): Referred[] =>
    typeof ref?.name === 'string'
      ? [
          {
            of,
            kind: `${ref.group ?? group}/${ref.kind ?? kind}`,
            namespace: ref.namespace ?? m.namespace,
            name: ref.name,
            port: ref.port,
          },
        ]
      : [];
  if (isGateway(m))
    return list(spec.listeners).flatMap((l) =>
      list(l.tls?.certificateRefs).flatMap((ref) => to('certificate', ref, '', 'Secret')),
    );
  if (!isRoute(m)) return [];
  return [
    ...list(spec.parentRefs).flatMap((ref) => to('parent', ref, GATEWAY_API, 'Gateway')),
    ...list(spec.rules).flatMap((rule) => [
      ...list(rule.backendRefs).flatMap((ref) => to('backend', ref, '', 'Service')),
      ...list(rule.filters).flatMap((f) => to('copy', f.requestMirror?.backendRef, '', 'Service')),
    ]),
  ];
}

/**
 * What those need who lead requests in: an Ingress, and routes and Gateways of the Gateway API. The Services and their ports; the Gateway that a
 * route is attached to; certificates; and in other namespaces a ReferenceGrant that lets them. Listeners of a Gateway are not looked at.
 * Source: gateway-api, site-src/api-types; istio, pilot/pkg/config/kube/gateway/conversion.go.
 */
export function backendFacts(objects: readonly Manifest[], domain: string): (m: Manifest) => References {
  const asking = objects.filter((m) => isRoute(m) || isGateway(m));
  const across = new Map<string, { readonly by: Manifest; readonly to: Referred }[]>();
  for (const by of asking)
    for (const to of referred(by))
      if (needsGrant(by, to)) across.set(to.namespace, [...(across.get(to.namespace) ?? []), { by, to }]);
  return (m) => {
    if (isGrant(m)) {
      const granted = (across.get(m.namespace) ?? []).filter(({ by, to }) => grants(m, by, to));
      return granted.length === 0 ? NOTHING : { provides: new Set(granted.map((g) => grantFact(g.by, g.to))), needs: NO_FACTS };
    }
    if (!isRoute(m) && !isIngress(m) && !isGateway(m)) return NOTHING;
    const led = backendsOf(m, domain, { copies: true });
    const all = referred(m);
    const needs = [
      ...led.flatMap(({ host, port }) => [`host ${host}`, ...(port === undefined ? [] : [`port ${host} ${port}`])]),
      ...all.flatMap((to) => [...named(to, domain), ...(needsGrant(m, to) ? [grantFact(m, to)] : [])]),
    ];
    return { provides: isGateway(m) ? new Set([`parent ${m.namespace}/${m.name}`]) : NO_FACTS, needs: new Set(needs) };
  };
}

/** What a Gateway or a route relies on besides its backends. */
function named({ of, kind, namespace, name }: Referred, domain: string): Fact[] {
  if (of === 'certificate') return kind === '/Secret' ? [`credential ${namespace}/${name}`] : [];
  if (of !== 'parent') return [];
  // routes of the mesh itself are attached to a Service
  if (kind === '/Service') return [`host ${name}.${namespace}.svc.${domain}`];
  return kind === `${GATEWAY_API}/Gateway` ? [`parent ${namespace}/${name}`] : [];
}

/** Routes are let in to Gateways of other namespaces by these themselves. */
const needsGrant = (by: Manifest, { of, namespace }: Referred): boolean => of !== 'parent' && namespace !== by.namespace;

const grantFact = (by: Manifest, { kind, namespace, name }: Referred): Fact =>
  `grant ${by.kind} ${by.namespace} ${kind} ${namespace}/${name}`;

/** Whether a ReferenceGrant lets an object name what it names. */
function grants({ object }: Manifest, by: Manifest, { kind, name }: Referred): boolean {
  const spec = object.spec ?? {};
  return (
    list(spec.from).some((f) => f.group === by.group && f.kind === by.kind && f.namespace === by.namespace) &&
    list(spec.to).some((t) => `${t.group ?? ''}/${t.kind}` === kind && (t.name === undefined || t.name === '' || t.name === name))
  );
}
