import type { Manifest } from '../../manifests/manifest';
import { type Fact, list, NO_FACTS, NOTHING, type References } from './references';

const GATEWAY_API = 'gateway.networking.k8s.io';
const ROUTES: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']);

const isRoute = (m: Manifest): boolean => m.group === GATEWAY_API && ROUTES.has(m.kind);
const isIngress = (m: Manifest): boolean => m.group === 'networking.k8s.io' && m.kind === 'Ingress';
const isGateway = (m: Manifest): boolean => m.group === GATEWAY_API && m.kind === 'Gateway';
const isGrant = (m: Manifest): boolean => m.group === GATEWAY_API && m.kind === 'ReferenceGrant';

/** The hosts to which an Ingress leads requests that are waited for, or a route of the Gateway API. */
export const backendsOf = (m: Manifest, domain: string): readonly string[] =>
  referred(m).flatMap((r) => (r.of === 'backend' && r.kind === SERVICE ? [hostOf(r, domain)] : []));

const SERVICE = '/Service';
const SECRET = '/Secret';

/** What an Ingress or an object of the Gateway API names. */
interface Referred {
  readonly of: 'backend' | 'copy' | 'parent' | 'certificate';
  /** With its group: `/Service`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Of a backend; nothing where it has a name, or none. */
  readonly port: unknown;
}

const hostOf = ({ name, namespace }: Referred, domain: string): string => `${name}.${namespace}.svc.${domain}`;

/** Source: gateway-api, apis/v1, BackendObjectReference, ParentReference and SecretObjectReference, with what they say where a field is left out. */
function referred(m: Manifest): readonly Referred[] {
  const spec = m.object.spec ?? {};
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
  if (isIngress(m)) {
    const backends = [spec.defaultBackend, ...list(spec.rules).flatMap((r) => list(r.http?.paths).map((p) => p.backend))];
    return [
      ...backends.flatMap((b) =>
        to('backend', b?.service && { name: b.service.name, port: b.service.port?.number }, '', 'Service'),
      ),
      ...list(spec.tls).flatMap((t) => to('certificate', { name: t.secretName }, '', 'Secret')),
    ];
  }
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
  const across = new Map<string, { readonly by: Manifest; readonly to: Referred }[]>();
  for (const by of objects)
    for (const to of referred(by))
      if (needsGrant(by, to)) {
        const there = across.get(to.namespace);
        if (there) there.push({ by, to });
        else across.set(to.namespace, [{ by, to }]);
      }
  return (m) => {
    if (isGrant(m)) {
      const granted = (across.get(m.namespace) ?? []).filter(({ by, to }) => grants(m, by, to));
      return granted.length === 0 ? NOTHING : { provides: new Set(granted.map((g) => grantFact(g.by, g.to))), needs: NO_FACTS };
    }
    if (!isRoute(m) && !isIngress(m) && !isGateway(m)) return NOTHING;
    const needs = referred(m).flatMap((to) => [...named(to, domain), ...(needsGrant(m, to) ? [grantFact(m, to)] : [])]);
    return { provides: isGateway(m) ? new Set([`parent ${m.namespace}/${m.name}`]) : NO_FACTS, needs: new Set(needs) };
  };
}

/** What somebody relies on who names it; nothing of kinds that are not looked at. */
function named(to: Referred, domain: string): Fact[] {
  const { of, kind, namespace, name, port } = to;
  if (kind === SECRET) return [`credential ${namespace}/${name}`];
  if (kind === `${GATEWAY_API}/Gateway`) return [`parent ${namespace}/${name}`];
  if (kind !== SERVICE) return [];
  const host = hostOf(to, domain);
  // routes of the mesh itself are attached to a Service
  return [`host ${host}`, ...(of !== 'parent' && typeof port === 'number' ? [`port ${host} ${port}`] : [])];
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
