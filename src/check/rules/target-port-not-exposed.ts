import { PROXY } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { candidates } from '../hints';
import { items } from '../items';
import { type Pods, podSpecPath, selectedPods } from '../pods';
import type { Rule } from '../rule';

/** No pod of a Service has the port that it leads to. */
export const targetPortNotExposed: Rule = {
  id: 'MESH083',
  name: 'target-port-not-exposed',
  severity: 'error',
  codes: ['KIA0701'],
  summary: 'no pod of a Service has the port that it leads to',
  why: "A targetPort that is a name is looked up among the ports of the pods' containers; where no container has it, the port has no endpoints, and requests end with 503 (flag UH). A number works undeclared as well, so that it is a warning, and only where containers declare a port to which no Service leads. (Kiali warns for every number that is not declared, and takes the Deployment by its own labels, not by those of its pods.) Source: Kubernetes, EndpointSlice controller; pilot/pkg/serviceregistry/kube/controller/endpointslice.go.",
  remedy: 'Name a port that a container has, or add it to the container.',
  *check(mesh) {
    for (const { manifest, spec, pods } of servicesWithPods(mesh)) {
      const declared = pods.flatMap((p) => portsOf(p).map(({ port, own }) => ({ port, own, led: leads(mesh).get(p)! })));
      for (const [i, port] of items(spec.ports)) {
        const target = targetOf(port);
        if (target === undefined || declared.some((d) => d.port.containerPort === target || d.port.name === target)) continue;
        const isNumber = typeof target === 'number';
        const orphans = declared
          .filter(({ port: d, own, led }) => own && !led.has(d.containerPort) && !led.has(d.name))
          .map((d) => d.port);
        if (isNumber && orphans.length === 0) continue;
        const known = isNumber
          ? orphans.map((d) => String(d.containerPort))
          : declared.flatMap((d) => (d.own && d.port.name) || []);
        yield {
          at: { manifest, path: ['spec', 'ports', i, port.targetPort === undefined ? 'port' : 'targetPort'] },
          message: isNumber
            ? `no container of the pods of Service "${manifest.name}" declares port ${target}, and no Service leads to one that is declared`
            : `no container of the pods of Service "${manifest.name}" has a port with the name "${target}", so the port has no endpoints`,
          hint: candidates(String(target), known) || 'give a container of the pods a port of this name',
          related: [
            {
              at: {
                manifest: pods[0]!.config.manifest,
                path: [...podSpecPath(pods[0]!.config.manifest), 'containers', 0, 'ports'],
              },
              message: 'the ports of its pods',
            },
          ],
          ...(isNumber ? { severity: 'warning' as const } : {}),
        };
      }
    }
  },
};

/** Where a port of a Service leads; nothing where it says nothing that could be judged. */
function targetOf(port: any): number | string | undefined {
  const target = port.targetPort ?? port.port;
  return target === 0 || target === '' || port.protocol === 'UDP' ? undefined : target;
}

const containersOf = (p: Pods) => [...items(p.spec.containers), ...items(p.spec.initContainers)];
/** Ports that containers declare; those of Istio's proxy are not the workload's own. */
const portsOf = (p: Pods): { readonly port: any; readonly own: boolean }[] =>
  containersOf(p).flatMap(([, c]) =>
    items(c.ports).flatMap(([, port]) => (port.containerPort === undefined ? [] : [{ port, own: c.name !== PROXY }])),
  );

/** Gateways listen where Gateways say; ports of those that are injected are added by injection. */
const isGateway = (p: Pods) =>
  p.annotations['inject.istio.io/templates'] !== undefined ||
  containersOf(p).some(([, c]) => c.image === 'auto') ||
  (Array.isArray(p.spec.containers) && p.spec.containers.length === 1 && p.spec.containers[0]?.name === PROXY);

const servicesWithPods = ofMesh((mesh: CheckedMesh) =>
  mesh.of('Service').flatMap(({ spec, namespace, manifest }) => {
    if (!spec.selector || spec.type === 'ExternalName') return [];
    const pods = selectedPods(mesh, namespace, spec.selector).filter((p) => Array.isArray(p.spec.containers));
    return pods.length === 0 || pods.some(isGateway) ? [] : [{ manifest, spec, pods }];
  }),
);

/** The ports of pods to which any Service leads, by number or name. */
const leads = ofMesh((mesh: CheckedMesh) => {
  const out = new Map<Pods, Set<number | string | undefined>>();
  for (const { spec, pods } of servicesWithPods(mesh))
    for (const p of pods) {
      const known = out.get(p) ?? new Set();
      out.set(p, known);
      for (const [, port] of items(spec.ports)) known.add(targetOf(port));
    }
  return out;
});
