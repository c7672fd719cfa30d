import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { type Probe, WorkloadEntry, type WorkloadEntrySpec, WorkloadGroup } from '../../imports/networking.istio.io';
import { dnsLabel } from '../values/names';
import type { Port } from '../values/port';
import { AppModel } from './app-model';
import { Mesh } from './mesh';
import type { MachinePlace, VmWorkload } from './vm-workload';

/** What a version on machines is called and known by. */
export interface VmFacts {
  /** `<service>-<version>`. */
  readonly name: string;
  /** The service's. */
  readonly namespace: string;
  /** Of the machines: `app`, `version` and ours select them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The service's; a probe without a port asks the first. */
  readonly ports: readonly Port[];
  /** Name of the account whose identity the machines have. */
  readonly serviceAccount: string;
}

/**
 * Makes what tells istiod of machines: a WorkloadGroup where they register themselves, else a WorkloadEntry for each address. The
 * account is always said: without one Istio would send the machine plain text (serviceentry/conversion.go, getTLSModeFromWorkloadEntry).
 */
export function vmObjects(scope: Construct, version: string, facts: VmFacts, vm: VmWorkload): void {
  const { name, serviceAccount } = facts;
  const what = `version "${version}" of "${scope.node.path}"`;
  vm.check(facts.ports, what);
  const { labels: more, annotations, readiness, ...all } = vm.props;
  const taken = Object.keys(more ?? {}).find((k) => k in facts.labels);
  if (taken !== undefined)
    throw new Error(
      `labels of ${what} have "${taken}", which the service itself sets (to "${facts.labels[taken]}"), since its machines are told by it: leave it out`,
    );
  const labels = { ...more, ...facts.labels };
  const metadata = { labels: { ...facts.labels } };
  const first = facts.ports[0]!;
  AppModel.of(scope).add({ node: scope.node, compile: () => noAmbient(scope, facts.namespace, what) });
  if (!vm.machines) {
    new WorkloadGroup(scope, version, {
      metadata: { ...metadata, name },
      spec: {
        metadata: { ...(annotations ? { annotations } : {}), labels },
        ...(readiness ? { probe: probeOf(readiness, all.ports?.[first.name] ?? first.target) } : {}),
        template: { ...placeOf(all), serviceAccount },
      },
    });
    return;
  }
  for (const { address, ...own } of vm.machines) {
    const entry = dnsLabel(
      `${name}-${address.replace(/[.:]/g, '-').replace(/^-+|-+$/g, '')}`,
      `name of the WorkloadEntry of ${what}`,
    );
    new WorkloadEntry(scope, `${version}-${address}`, {
      metadata: { ...metadata, name: entry },
      spec: { address, labels, ...placeOf({ ...all, ...own, ports: { ...all.ports, ...own.ports } }), serviceAccount },
    });
  }
}

/** Source: pilot/pkg/serviceregistry/ambient/workloads.go (tunnel protocol) and autoregistration/controller.go (TunnelLabel). */
function noAmbient(scope: Construct, namespace: string, what: string): void {
  const secured = AppModel.of(scope).secured.get(namespace);
  if (secured ? secured.ambient : Mesh.of(scope).dataPlane === 'ambient')
    throw new Error(
      `${what} runs on virtual machines, in ambient namespace "${namespace}": ztunnel speaks plain text to machines whose proxy takes no HBONE; let the namespace have sidecars (dataPlane: 'sidecar')`,
    );
}

const placeOf = ({ network, locality, ports = {} }: MachinePlace): Omit<WorkloadEntrySpec, 'address'> => ({
  ...(network === undefined ? {} : { network }),
  ...(locality === undefined ? {} : { locality }),
  ...(Object.keys(ports).length > 0 ? { ports: { ...ports } } : {}),
});

/** The probe as Istio's agent takes it: ports are numbers, and its own defaults are left out (one failure is among them; cdk8s-plus' is three). */
function probeOf(probe: kplus.Probe, portNumber: number): Probe {
  const { httpGet, tcpSocket, ...others } = (probe as any)._toKube(new kplus.Container({ image: '-', portNumber }));
  const action = (a: any) => a && { ...a, port: a.port.value, ...(a.scheme === 'HTTP' ? { scheme: undefined } : {}) };
  return { ...others, httpGet: action(httpGet), tcpSocket: action(tcpSocket) };
}
