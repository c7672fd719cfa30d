import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { dnsLabel, quoted } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel } from './app-model';
import { PlainService } from './plain-service';
import { within } from './pod-labels';
import { expiryOf } from './rule-name';
import { scaling } from './scaling';
import { ServiceHost } from './service-host';
import { tellsItsPath } from './told-at';
import { MeshDeployment } from './workload';
import { checkWorkload, WORKLOAD, type WorkloadProps } from './workload-props';

/**
 * What a development environment runs otherwise: all that a version takes, but an account (a fork has that of the version
 * that it stands for, or those whom it calls would refuse it) and a policy (its callers treat it as that version).
 */
export type ForkProps = Omit<WorkloadProps, 'serviceAccount'>;

/** What a development environment runs instead of a service. Made by `service.fork(…)`. */
export interface Fork {
  /** The service that it is a copy of. */
  readonly service: ServiceHost<any, any>;
  /** The version that it stands for: whose account and policies it has. */
  readonly version: string;
  /** Its pods, all said. */
  readonly workload: ForkProps;
}

const { serviceAccount: _, ...FORK } = WORKLOAD;
const CHANGE: Properties<Partial<ForkProps> & { version?: string }> = { ...FORK, image: 'text?', version: 'text?' };

/** Checks what is changed for a fork, and what comes of it. */
export function forkOf(
  service: ServiceHost<any, any>,
  base: Partial<WorkloadProps>,
  change: Partial<ForkProps>,
  version: string,
): Fork {
  const what = `fork of ${service.calleeName}`;
  if (typeof change === 'object' && change !== null && 'serviceAccount' in change)
    throw new Error(
      `${what} has a serviceAccount: it runs as the version that it stands for, or those whom it calls would refuse it; leave it out`,
    );
  checkProperties(change, CHANGE, what);
  service.versions.check(version);
  // one pod is enough for one developer: how many there are is not taken over
  const { serviceAccount: _sa, replicas: _r, autoscale: _a, minAvailable: _m, ...shared } = base;
  const { version: _v, ...own } = change as typeof change & { version?: string };
  const env = { ...shared.env, ...own.env };
  const workload = { ...shared, ...own, ...(Object.keys(env).length > 0 ? { env } : {}) } as ForkProps;
  if (workload.image === undefined)
    throw new Error(
      `${what} has no image, and nothing tells that of an adopted service, nor of a version on virtual machines: give it one, service.fork({ image: '…' })`,
    );
  checkWorkload(workload, what);
  return { service, version, workload };
}

/**
 * A service's copy for one environment: a Service and a Deployment `<service>-<environment>`. Its pods have labels of
 * their own, so that no other request reaches them, and `version: <environment>`, by which telemetry tells them apart.
 */
@tellsItsPath
export class ForkService extends ServiceHost {
  /** cdk8s-plus' Service. */
  readonly service: kplus.Service;
  /** cdk8s-plus' Deployment. */
  readonly deployment: kplus.Deployment;

  /** @internal */
  constructor(scope: Construct, id: string, environment: string, fork: Fork, until: string | undefined) {
    const base = fork.service;
    const name = dnsLabel(
      `${base.name}-${environment}`,
      `name of the fork of service "${base.name}" for environment "${environment}"`,
    );
    if (base.versionNames.includes(environment))
      throw new Error(
        `environment "${environment}" has the name of a version of service "${base.name}", whose Deployment is "${name}" already: give it another name`,
      );
    const selector = { app: name, version: environment };
    const labels = {
      ...selector,
      // what a service of somebody else's selects by has to be another
      'app.kubernetes.io/name': 'app.kubernetes.io/name' in base.labels ? name : base.name,
      'mesh.cdk8s.io/environment': environment,
    };
    const pods: Readonly<Record<string, string>> = { ...fork.workload.podLabels, ...labels };
    if (within(pods, base.labels))
      throw new Error(
        `podLabels of the fork "${name}" are those that service "${base.name}" selects, so everyone's requests would reach it: leave one of ${quoted(Object.keys(base.labels))} out`,
      );
    const account = base.facts.serviceAccounts[fork.version]!;
    super(scope, id, {
      name,
      namespace: base.namespace,
      ports: base.ports,
      podLabels: { app: name },
      versions: { [environment]: selector },
      serviceAccounts: { [environment]: account },
    });
    const objects = {
      name,
      labels,
      ports: base.ports,
      serviceAccount: kplus.ServiceAccount.fromServiceAccountName(this, 'ServiceAccount', account),
      containerName: base.name,
    };
    this.service = new PlainService(this, 'Service', {
      name,
      labels,
      selects: { app: name },
      ports: base.ports,
      namespace: base.namespace,
    });
    this.deployment = new MeshDeployment(this, 'Deployment', objects, fork.workload, base.namespace);
    scaling(this.deployment, objects, fork.workload, base.namespace);
    if (until !== undefined)
      for (const o of [this.service, this.deployment]) o.metadata.addAnnotation(expiryOf(environment), until);
    AppModel.of(this).forks.push({ fork: this, standsFor: base.facts.versions[fork.version]! });
    this.policies.copy(base.policies, fork.version);
    this.access.copy(base.access);
    this.egress.copy(base.egress);
  }

  /** Throws: a fork is treated as the version that it stands for. */
  override portPolicy(): never {
    throw new Error(`${this.calleeName} is a fork: say its policies for the service that it is a copy of`);
  }

  /** Throws: a fork is treated as the version that it stands for. */
  override callPolicyFrom(): never {
    return this.portPolicy();
  }
}
