/** Machines for the real things: what a machine does that registers itself, and Pods for analyzers that know no other workloads. */

const labelsOf = ({ metadata, template }: any): Record<string, string> => ({ ...template?.labels, ...metadata?.labels });

/** The objects once each WorkloadGroup has a machine. Source: pilot/pkg/autoregistration/controller.go, workloadEntryFromGroup. */
export function registered(objects: readonly any[]): any[] {
  const groups = objects.filter((o) => o.kind === 'WorkloadGroup');
  return [
    ...objects,
    ...groups.map(({ apiVersion, metadata, spec }, i) => ({
      apiVersion,
      kind: 'WorkloadEntry',
      metadata: {
        name: `${metadata.name}-10.99.0.${i + 1}`,
        namespace: metadata.namespace,
        labels: labelsOf(spec),
        annotations: { 'istio.io/autoRegistrationGroup': metadata.name },
      },
      spec: { ...spec.template, address: `10.99.0.${i + 1}`, labels: labelsOf(spec) },
    })),
  ];
}

/** A Pod with a proxy for each machine: istioctl's analyzers look for selectors' workloads among Pods alone. */
export function podsForMachines(objects: readonly any[]): any[] {
  const machines = objects.filter((o) => o.kind === 'WorkloadGroup' || o.kind === 'WorkloadEntry');
  return machines.map(({ kind, metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `machine-${metadata.name}`.toLowerCase(),
      namespace: metadata.namespace,
      labels: kind === 'WorkloadGroup' ? labelsOf(spec) : { ...spec.labels, ...metadata.labels },
    },
    spec: { containers: [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2' }] },
  }));
}
