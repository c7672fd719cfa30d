import type { FieldPath, Manifest } from '../../manifests/manifest';
import type { Config } from '../../model/config';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { candidates } from '../hints';
import { items, texts } from '../items';
import { type Pods, podsIn, selectedPods } from '../pods';
import type { Found, Rule } from '../rule';

/** A policy for a port that no pod listens on. */
export const policyPortNotListened: Rule = {
  id: 'MESH166',
  name: 'policy-port-not-listened',
  severity: 'warning',
  codes: [],
  summary: 'a policy is for a port that no pod of it listens on',
  why: "AuthorizationPolicies and PeerAuthentications speak of the ports of pods, not of those of Services: by the time that the pod's proxy decides, a Service's port has become its targetPort. What is said of another port is never asked for. Pods are known by the ports that their containers declare and those that Services lead to; where there are neither, nothing is found. Source: pilot/pkg/security/authz/matcher; istio.io, PeerAuthentication, portLevelMtls.",
  remedy: "Write the port of the pods: a container's containerPort, which is the Service's targetPort.",
  *check(mesh) {
    for (const c of mesh.of('AuthorizationPolicy')) {
      if (c.spec.targetRef || c.spec.targetRefs?.length > 0) continue;
      for (const [path, port] of authorizedPorts(c)) yield* found(mesh, c, path, port);
    }
    for (const c of mesh.of('PeerAuthentication')) {
      // without effect there, whatever the port
      if (c.namespace === mesh.model.mesh.rootNamespace) continue;
      for (const key of Object.keys(c.spec.portLevelMtls ?? {})) yield* found(mesh, c, ['spec', 'portLevelMtls', key], key);
    }
  },
};

/** Ports that rules are for, and where they are written. */
function* authorizedPorts({ spec }: Config): Iterable<readonly [FieldPath, string]> {
  for (const [i, rule] of items(spec.rules)) {
    for (const [j, { operation }] of items(rule.to))
      for (const field of ['ports', 'notPorts'])
        for (const [k, port] of texts(operation?.[field])) yield [['spec', 'rules', i, 'to', j, 'operation', field, k], port];
    for (const [j, when] of items(rule.when))
      if (when.key === 'destination.port')
        for (const field of ['values', 'notValues'])
          for (const [k, port] of texts(when[field])) yield [['spec', 'rules', i, 'when', j, field, k], port];
  }
}

function* found(mesh: CheckedMesh, c: Config, path: FieldPath, given: string): Iterable<Found> {
  const port = Number(given);
  // Istio's own ports are those of the proxy
  if (!Number.isInteger(port) || (port >= 15000 && port < 15100)) return;
  const ports = listened(mesh, c);
  if (!ports || ports.open.has(port)) return;
  const through = ports.services.get(port);
  yield {
    at: { manifest: c.manifest, path },
    message: through
      ? `${given} is a port of Service "${through.service.name}", and no port of the pods`
      : `no pod that this is for listens on port ${given}`,
    hint: through
      ? `write ${c.manifest.kind === 'PeerAuthentication' ? through.target : `"${through.target}"`}, which the Service leads to`
      : candidates(given, [...ports.open].map(String)),
    ...(through
      ? { related: [{ at: { manifest: through.service, path: ['spec', 'ports'] }, message: 'the ports of the Service' }] }
      : {}),
  };
}

interface Through {
  readonly service: Manifest;
  readonly target: number;
}

interface Ports {
  /** On which they listen. */
  readonly open: ReadonlySet<number>;
  /** Of Services, and where those lead. */
  readonly services: ReadonlyMap<number, Through>;
}

const bySelector = ofMesh(() => new Map<string, Ports | undefined>());

/** The ports of the pods that a policy is for; nothing where those of one of them are not known. */
function listened(mesh: CheckedMesh, c: Config): Ports | undefined {
  const namespace = c.namespace === mesh.model.mesh.rootNamespace ? '*' : c.namespace;
  const labels: Readonly<Record<string, string>> = c.spec.selector?.matchLabels ?? {};
  const key = `${namespace} ${JSON.stringify(Object.entries(labels).sort())}`;
  const known = bySelector(mesh);
  if (!known.has(key)) {
    const pods = Object.keys(labels).length > 0 ? selectedPods(mesh, namespace, labels) : podsIn(mesh, namespace);
    const all = pods.map((p) => portsByPods(mesh).get(p));
    known.set(
      key,
      all.length === 0 || all.includes(undefined)
        ? undefined
        : {
            open: new Set([...all.flatMap((p) => [...p!.open]), ...sidecarPorts(mesh)]),
            services: new Map(all.flatMap((p) => [...p!.services])),
          },
    );
  }
  return known.get(key);
}

/** Ports that Sidecars have proxies listen on, whatever the pods do. */
const sidecarPorts = ofMesh(
  (mesh) => new Set(mesh.of('Sidecar').flatMap((c) => items(c.spec.ingress).map(([, l]) => Number(l.port?.number)))),
);

/** By pods; those of which no port is known, and gateways, whose Gateways say theirs, are not there. */
const portsByPods = ofMesh((mesh) => {
  const out = new Map<Pods, { open: Set<number>; services: Map<number, Through> }>();
  const names = new Map<Pods, Map<string, number>>();
  for (const p of podsIn(mesh, '*')) {
    const containers = [...items(p.spec.containers), ...items(p.spec.initContainers)].map(([, c]) => c);
    if (containers.length === 0 || p.annotations['inject.istio.io/templates'] || containers.some((c) => c.image === 'auto'))
      continue;
    const declared = containers.flatMap((c) => items(c.ports).map(([, port]) => port));
    names.set(p, new Map(declared.map((port) => [port.name, port.containerPort])));
    if (declared.length > 0) out.set(p, { open: new Set(declared.map((port) => port.containerPort)), services: new Map() });
  }
  for (const { spec, namespace, manifest } of mesh.of('Service'))
    for (const p of selectedPods(mesh, namespace, spec.selector)) {
      const named = names.get(p);
      if (!named) continue;
      const known = out.get(p) ?? { open: new Set(), services: new Map() };
      out.set(p, known);
      for (const [, port] of items(spec.ports)) {
        const said = port.targetPort || port.port;
        const target = Number(named.get(said) ?? said);
        if (!Number.isInteger(target)) continue;
        known.open.add(target);
        if (port.port !== target) known.services.set(port.port, { service: manifest, target });
      }
    }
  return out;
});
