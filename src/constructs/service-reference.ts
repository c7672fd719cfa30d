import type { Construct } from 'constructs';
import { accountName, dnsLabel, hostName } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import type { Callee, Caller } from './caller';
import { Mesh, trustDomain } from './mesh';
import { checkPodLabels } from './pod-labels';

/** What a service of another app is known by. */
export interface ServiceReferenceProps {
  /** The Service's name. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Its identity. @default - its name */
  readonly serviceAccount?: string;
  /** Labels of its pods, which conditions on callers compare. @default { app: name } */
  readonly labels?: Readonly<Record<string, string>>;
  /** First part of its identity. @default - that of the Mesh of the app that refers to it */
  readonly trustDomain?: string;
  /** Suffix of its host. @default - that of the Mesh of the app that refers to it */
  readonly clusterDomain?: string;
}

const PROPERTIES: Properties<ServiceReferenceProps> = {
  name: 'text',
  namespace: 'text',
  serviceAccount: 'text?',
  labels: 'map?',
  trustDomain: 'text?',
  clusterDomain: 'text?',
};

/** A service of another app, by name. Made by {@link MeshService.fromName}. */
export class ServiceReference implements Caller, Callee {
  /** Host by which it is called. */
  readonly host: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its identity, as AuthorizationPolicy writes it. */
  readonly principals: readonly string[];
  /** What it is called in errors. */
  readonly callerName: string;

  /** @internal */
  constructor(private readonly props: ServiceReferenceProps) {
    checkProperties(props, PROPERTIES, 'a service reference');
    const { name, namespace, clusterDomain = 'cluster.local', trustDomain: domain = 'cluster.local' } = props;
    dnsLabel(name, 'name of the service');
    checkPodLabels(props.labels, `labels of service "${name}"`);
    this.namespace = dnsLabel(namespace, `namespace of service "${name}"`);
    this.host = `${name}.${namespace}.svc.${hostName(clusterDomain, `clusterDomain of service "${name}"`)}`;
    this.labels = props.labels ?? { app: name };
    const account = accountName(props.serviceAccount ?? name, `serviceAccount of service "${name}"`);
    this.principals = [`${trustDomain(domain, `trustDomain of service "${name}"`)}/ns/${namespace}/sa/${account}`];
    this.callerName = `service "${name}" of namespace "${namespace}"`;
  }
  /** What it is called in errors. */
  get calleeName(): string {
    return this.callerName;
  }
  /** Its host, as `namespace/host`. */
  egressHosts(): readonly string[] {
    return [`${this.namespace}/${this.host}`];
  }
  /** Nothing: the app that owns the service says whom it lets in. */
  admit(): void {}

  /** @internal The same, with what it does not say itself taken from a Mesh. */
  within({ clusterDomain, trustDomain }: Mesh): ServiceReference {
    return new ServiceReference({ clusterDomain, trustDomain, ...this.props });
  }
}

/** Who is meant, as the app that has the construct knows it: its Mesh says the domains of services by name. */
export const seenFrom = <T extends Caller | Callee>(scope: Construct, it: T): T =>
  it instanceof ServiceReference ? (it.within(Mesh.of(scope)) as unknown as T) : it;
