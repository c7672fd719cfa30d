import type { Construct } from 'constructs';
import type { Protocol } from '../values/port';
import { AppModel } from './app-model';
import { MeshService } from './mesh-service';
import { needsService } from './needs-service';
import type { Balanced, IsUnion } from './one-version';
import type { MeshDeployment } from './workload';
import type { WorkloadProps } from './workload-props';

/** A service of one version, whose pods a controller replaces step by step. Two versions side by side are another release's. */
export type Controlled<V extends string, P extends Protocol = any> = MeshService<V, P> &
  Balanced &
  (IsUnion<V> extends true ? { readonly [onlyOneVersion]: true } : unknown);

declare const onlyOneVersion: unique symbol;

/** Services that a controller releases: which controller, and the release that says so. */
const released = new WeakMap<object, { readonly engine: Engine; readonly where: string }>();

/** Controllers that release services. */
export type Engine = 'flagger' | 'argo-rollouts';

/** Which controller releases a service, if one does. */
export const controllerOf = (service: object): Engine | undefined => released.get(service)?.engine;

/** What a controller is given: the only version of a service. Throws where there is none, or somebody else releases it. */
export function controlledVersion(
  release: Construct,
  service: MeshService<any, any>,
  engine: Engine,
): {
  readonly service: MeshService<string, any>;
  readonly version: string;
  readonly deployment: MeshDeployment;
  readonly own: WorkloadProps;
} {
  const where = `"${release.node.path}"`;
  needsService(service, `the service of ${where}`);
  if (!(service instanceof MeshService))
    throw new Error(
      `service "${(service as { name: string }).name}" of ${where} is adopted, so its Deployment is not this app's to hand to a controller: use engine 'static', or make it a MeshService`,
    );
  if (AppModel.of(service).headless.has(service.host))
    throw new Error(
      `service "${service.name}" of ${where} is balanced by its clients, who dial pods of every version: no proxy could share its calls; use mode: 'mesh'`,
    );
  const [version, ...others] = service.versionNames;
  if (others.length > 0)
    throw new Error(
      `service "${service.name}" of ${where} has ${others.length + 1} versions, and with engine "${engine}" the controller makes the second one itself, when the pods of the first change: give it one version, or leave engine out`,
    );
  if (!(version! in service.inPods))
    throw new Error(
      `version "${version}" of service "${service.name}" of ${where} runs on virtual machines, and engine "${engine}" replaces pods: use engine 'static', with a second version in pods`,
    );
  const by = released.get(service);
  if (by !== undefined)
    throw new Error(`service "${service.name}" of ${where} is released by ${by.where} already: a service has one release`);
  released.set(service, { engine, where });
  const own: WorkloadProps = service.inPods[version!]!;
  return { service, version: version!, deployment: service.version(version!).deployment as MeshDeployment, own };
}
