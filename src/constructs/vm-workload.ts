import type * as kplus from 'cdk8s-plus-27';
import { isIpAddress } from '../values/ip-address';
import { checkAnnotations, checkLabels } from '../values/labels';
import { didYouMean, quoted, text } from '../values/names';
import { checkPort, type Port } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import type { ConnectionPolicy } from './call-policy';

/** Where a machine is. */
export interface MachinePlace {
  /** Name of the network, where the cluster's pods cannot reach it directly: connections go by that network's gateway then. */
  readonly network?: string;
  /** `region`, `region/zone` or `region/zone/subzone`: what nodes say of pods. Load balancing by place counts by it. */
  readonly locality?: string;
  /** What it listens on, by the name of the Service's port. @default - the port's target */
  readonly ports?: Readonly<Record<string, number>>;
}

/** All machines of a version. */
export interface VmProps extends MachinePlace {
  /** `own`: an identity for this version alone, `<service>-<version>`. @default - the service's */
  readonly serviceAccount?: 'own' | kplus.IServiceAccount | kplus.ServiceAccount;
  /** More labels of the machines. Those that select and tell them (`app`, `version` …) are ours: an error here. */
  readonly labels?: Readonly<Record<string, string>>;
  /** As {@link VersionProps.callPolicy}. */
  readonly callPolicy?: ConnectionPolicy;
}

/** Machines that register themselves. */
export interface RegisteringVmProps extends VmProps {
  /**
   * The machine's agent asks this, and istiod leaves the machine out while it fails. A probe without a port asks the first of the
   * service's. @default - it is ready while it is connected to istiod
   */
  readonly readiness?: kplus.Probe;
  /** Annotations of the machines, such as `proxy.istio.io/config`. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One machine with an address that stays. */
export interface Machine extends MachinePlace {
  /** IPv4 or IPv6. */
  readonly address: string;
}

const PLACE: Properties<MachinePlace> = { network: 'text?', locality: 'text?', ports: 'map?' };
const MACHINE: Properties<Machine> = { ...PLACE, address: 'text' };
const FIXED: Properties<VmProps> = { ...PLACE, serviceAccount: 'any?', labels: 'map?', callPolicy: 'map?' };
const REGISTERING: Properties<RegisteringVmProps> = { ...FIXED, readiness: 'map?', annotations: 'map?' };

/**
 * Virtual machines as a version of a {@link MeshService}: they run Istio's agent and Envoy, have the version's labels and the
 * identity of its service account, and stand behind the service's own host beside its pods, so that routes, releases and policies
 * treat them as any version. Compiles to a WorkloadGroup, or a WorkloadEntry for each address; the Service selects them by its
 * labels. Source: pilot/pkg/serviceregistry/kube/controller/controller.go, collectWorkloadInstanceEndpoints.
 */
export class VmWorkload {
  private constructor(
    /** What was said of all machines. */
    readonly props: RegisteringVmProps,
    /** Those with addresses that stay; `undefined`: they register themselves. */
    readonly machines: readonly Machine[] | undefined,
  ) {}

  /**
   * Machines that come and go: each registers itself when its agent connects to istiod (`istioctl x workload entry configure
   * --autoregister`), and leaves when it is gone. Compiles to a WorkloadGroup `<service>-<version>`.
   */
  static registering(props: RegisteringVmProps = {}): VmWorkload {
    checkProperties(props, REGISTERING, 'VmWorkload.registering');
    return new VmWorkload(props, undefined);
  }

  /**
   * Machines with addresses that stay. Compiles to a WorkloadEntry `<service>-<version>-<address>` for each. Throws unless there is one
   * at least, and each is an IP address: Istio leaves names out of a Service's endpoints. What a machine says of itself holds before
   * what is said of all.
   */
  static at(machines: readonly (string | Machine)[], props: VmProps = {}): VmWorkload {
    const what = 'VmWorkload.at';
    if (!Array.isArray(machines)) throw new Error(`${what} is given ${shown(machines)}: it has to be a list of addresses`);
    checkProperties(props, FIXED, what);
    if (machines.length === 0)
      throw new Error(`${what} has no address: give it one, or let machines register themselves (VmWorkload.registering())`);
    const all = machines.map((m): Machine => (typeof m === 'string' ? { address: m } : m));
    for (const [i, m] of all.entries()) {
      checkProperties(m, MACHINE, `machine ${i + 1} of ${what}`);
      if (!isIpAddress(m.address))
        throw new Error(
          `address "${m.address}" of ${what} is no IP address: Istio leaves names out of a Service's endpoints; give the machine's IP, or let it register itself (VmWorkload.registering())`,
        );
      if (all.findIndex((n) => n.address === m.address) < i) throw new Error(`${what} has address "${m.address}" twice`);
    }
    return new VmWorkload(props, all);
  }

  /** Of the version, as the service's other versions say it. */
  get serviceAccount(): VmProps['serviceAccount'] {
    return this.props.serviceAccount;
  }

  /** As the service's other versions say it. */
  get callPolicy(): ConnectionPolicy | undefined {
    return this.props.callPolicy;
  }

  /** @internal Throws where something does not fit the service's ports, or is no label. `what`: `version "v1" of "shop/Orders"`. */
  check(ports: readonly Port[], what: string): void {
    const { labels, annotations, readiness } = this.props;
    checkLabels(labels, `labels of ${what}`);
    checkAnnotations(annotations, `annotations of ${what}`);
    if (readiness && !('_toKube' in readiness))
      throw new Error(`readiness of ${what} is none of cdk8s-plus' Probes, such as Probe.fromHttpGet('/ready')`);
    for (const p of [this.props, ...(this.machines ?? [])]) checkPlace(p, ports, what);
  }
}

function checkPlace({ network, locality, ports: own }: MachinePlace, ports: readonly Port[], what: string): void {
  const names = ports.map((p) => p.name);
  for (const [name, number] of Object.entries(own ?? {})) {
    if (!names.includes(name))
      throw new Error(
        `ports of ${what} have "${name}", which is no port of the service (it has ${quoted(names)})${didYouMean(name, names)}`,
      );
    checkPort(number, `port "${name}" of ${what}`);
  }
  if (network !== undefined) {
    if (text(network, `network of ${what}`) === '' || !/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(network))
      throw new Error(`network of ${what} is "${network}": letters, digits, "-", "_" and "." are allowed`);
  }
  if (locality !== undefined && !/^[^/*\s]+(\/[^/*\s]+){0,2}$/.test(locality))
    throw new Error(
      `locality of ${what} is "${locality}": write region, region/zone or region/zone/subzone, such as "ap-northeast-1/ap-northeast-1a"`,
    );
}
