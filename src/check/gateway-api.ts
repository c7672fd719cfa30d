import type { FieldPath } from '../manifests/manifest';
import type { Config, Ref } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { items, textOf } from './items';

/** The API group of Gateways and routes. */
export const GATEWAY_API = 'gateway.networking.k8s.io';
const ROUTES = ['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'];

/** An object of the Gateway API, whose fields may hold anything: there is no schema of them here. */
export type GatewayApiObject = Config;

const of = (mesh: CheckedMesh, kind: string): readonly GatewayApiObject[] =>
  mesh.of(`${GATEWAY_API}/${kind}`).map((c) => (typeof c.spec === 'object' && c.spec !== null ? c : { ...c, spec: {} }));

/** Gateways of the Gateway API. */
export const gatewaysOf: (mesh: CheckedMesh) => readonly GatewayApiObject[] = ofMesh((mesh) => of(mesh, 'Gateway'));

/** Routes of all protocols. */
export const routesOf: (mesh: CheckedMesh) => readonly GatewayApiObject[] = ofMesh((mesh) => ROUTES.flatMap((r) => of(mesh, r)));

/** ReferenceGrants. */
export const grantsOf: (mesh: CheckedMesh) => readonly GatewayApiObject[] = ofMesh((mesh) => of(mesh, 'ReferenceGrant'));

/** A route's reference to another object. */
export interface Reference {
  readonly route: GatewayApiObject;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly at: Ref;
  readonly ref: any;
}

const referenceOf = (route: GatewayApiObject, ref: any, path: FieldPath, group: string, kind: string): Reference[] => {
  const name = textOf(ref?.name);
  if (!name) return [];
  return [
    {
      route,
      group: typeof ref.group === 'string' ? ref.group : group,
      kind: textOf(ref.kind) ?? kind,
      namespace: textOf(ref.namespace) ?? route.namespace,
      name,
      at: { manifest: route.manifest, path: [...path, 'name'] },
      ref,
    },
  ];
};

/** What routes are attached to. */
export const parentsOf: (mesh: CheckedMesh) => readonly Reference[] = ofMesh((mesh) =>
  routesOf(mesh).flatMap((route) =>
    items(route.spec.parentRefs).flatMap(([i, ref]) =>
      referenceOf(route, ref, ['spec', 'parentRefs', i], GATEWAY_API, 'Gateway'),
    ),
  ),
);

/** Where routes lead: backends, and those of mirrors. */
export const backendsOf: (mesh: CheckedMesh) => readonly Reference[] = ofMesh((mesh) =>
  routesOf(mesh).flatMap((route) =>
    items(route.spec.rules).flatMap(([i, rule]) => {
      const at = (path: FieldPath): FieldPath => ['spec', 'rules', i, ...path];
      return [
        ...items(rule.backendRefs).flatMap(([j, ref]) => referenceOf(route, ref, at(['backendRefs', j]), '', 'Service')),
        ...items(rule.filters).flatMap(([j, f]) =>
          referenceOf(route, f.requestMirror?.backendRef, at(['filters', j, 'requestMirror', 'backendRef']), '', 'Service'),
        ),
      ];
    }),
  ),
);

/** Whether a ReferenceGrant lets routes of one namespace lead to a Service of another. */
export const isGranted: (mesh: CheckedMesh) => (r: Reference) => boolean = ofMesh((mesh) => {
  const granted = new Set<string>();
  for (const grant of grantsOf(mesh))
    for (const [, from] of items(grant.spec.from))
      for (const [, to] of items(grant.spec.to))
        granted.add(
          JSON.stringify([from.group, from.kind, from.namespace, to.group ?? '', to.kind, grant.namespace, to.name ?? '']),
        );
  return ({ route, group, kind, namespace, name }) =>
    [name, ''].some((n) =>
      granted.has(JSON.stringify([GATEWAY_API, route.manifest.kind, route.namespace, group, kind, namespace, n])),
    );
});
