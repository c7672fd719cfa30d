import { selects } from '../model/config';
import type { Service } from '../model/service';
import type { Workload } from '../model/workload';
import { type CheckedMesh, ofMesh } from './checked-mesh';

const byLabel = ofMesh((mesh) => {
  const out = new Map<string, Workload[]>();
  for (const w of mesh.model.workloads)
    for (const [k, v] of Object.entries(w.labels)) {
      const key = `${w.namespace} ${k}=${v}`;
      const list = out.get(key);
      if (list) list.push(w);
      else out.set(key, [w]);
    }
  return out;
});

/** Workloads of a namespace with all of the labels; none for no labels. */
export function workloadsWith(mesh: CheckedMesh, namespace: string, labels: Readonly<Record<string, string>> = {}): Workload[] {
  const [first] = Object.entries(labels);
  if (!first) return [];
  return (byLabel(mesh).get(`${namespace} ${first[0]}=${first[1]}`) ?? []).filter((w) => selects(labels, w.labels));
}

/** The workloads behind a service, of one subset where its labels are given. */
export const backendsOf = (mesh: CheckedMesh, s: Service, subset: Readonly<Record<string, string>> = {}): Workload[] =>
  workloadsWith(mesh, s.namespace, s.selector).filter((w) => selects(subset, w.labels));

/** The port of a workload that a service's port leads to. */
export function targetPortOf(s: Service, port: number, w: Workload): number {
  const target = s.targetPorts.get(port) ?? port;
  return w.ports.get(String(target)) ?? Number(target);
}

const servicesByWorkload = ofMesh((mesh) => {
  const out = new Map<string, Service[]>();
  for (const s of mesh.model.services) {
    if (s.registry !== 'Kubernetes' || Object.keys(s.selector ?? {}).length === 0) continue;
    for (const w of backendsOf(mesh, s)) {
      const key = keyOfWorkload(w);
      const list = out.get(key);
      if (list) list.push(s);
      else out.set(key, [s]);
    }
  }
  return out;
});

const keyOfWorkload = (w: Workload) => `${w.config.manifest.kind} ${w.namespace}/${w.config.name}`;

/** The services that lead to a workload. */
export const servicesOf = (mesh: CheckedMesh, w: Workload): readonly Service[] =>
  servicesByWorkload(mesh).get(keyOfWorkload(w)) ?? [];

/** Namespaces with pods whose sidecars route. */
export const clientNamespaces = ofMesh((mesh) => [
  ...new Set(mesh.model.workloads.filter((w) => w.hasSidecar).map((w) => w.namespace)),
]);
