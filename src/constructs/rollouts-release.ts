import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { Rollout, type RolloutSpec } from '../../imports/argoproj.io';
import type { Destination } from '../routing/table';
import { dnsLabel, kebab } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel } from './app-model';
import { commonLabels } from './common-labels';
import { type Controlled, controlledVersion } from './controlled-version';
import { movedRoutes } from './moved-routes';
import { metricsAnalysis, type RolloutMetrics } from './rollouts-metrics';
import { type RolloutStep, rolloutSteps } from './rollouts-steps';

/** A release that Argo Rollouts makes whenever the pods of the service's only version change. */
export interface RolloutsCanaryProps<V extends string> {
  /** Who moves the traffic. */
  readonly engine: 'argo-rollouts';
  /** The service that is released; one of this app with a single version. */
  readonly service: Controlled<V>;
  /** What happens, one after the other, between two versions. */
  readonly steps: readonly RolloutStep[];
  /** What has to hold of the canary all the time. @default - nothing; steps may have an `analysis` of their own */
  readonly metrics?: RolloutMetrics;
}

const PROPERTIES: Properties<RolloutsCanaryProps<string>> = {
  engine: 'text',
  service: 'service',
  steps: 'list',
  metrics: 'map?',
};

/** Names of the subsets, whose labels the controller completes with the hash of the pods. */
const [STABLE, CANARY] = ['stable', 'canary'];

/**
 * The Rollout of a service, which refers to the Deployment of its version, and the routes whose weights it moves: of all HTTP
 * requests that no higher tier decides, and of connections.
 * Source: argo-rollouts, rollout/trafficrouting/istio/istio.go.
 */
export function releaseByRollouts(release: Construct, props: RolloutsCanaryProps<any>): Rollout {
  const where = `"${release.node.path}"`;
  checkProperties<RolloutsCanaryProps<string>>(props, PROPERTIES, where);
  const { service, version, deployment, own } = controlledVersion(release, props.service, 'argo-rollouts');
  const { steps, managedRoutes } = rolloutSteps(props.steps, { namespace: service.namespace, where });
  const name = dnsLabel(kebab(release.node.id), `name of the rule of ${where}`);
  deployment.handTo({});
  deployment.scaledBy({ apiVersion: Rollout.GVK.apiVersion, kind: Rollout.GVK.kind, name: service.name });
  service.policies.splitBy([STABLE!, CANARY!]);
  const to = (subset: string, weight: number): Destination => ({ host: service.host, subset, weight, moved: true });
  const shares = [to(STABLE!, 100), to(CANARY!, 0)];
  // a route for each port, and the controller finds a route by its name
  const http = service.ports.filter((p) => p.isHttp).map((p) => p.number);
  for (const port of http)
    service.routes.addRule(release, {
      name: http.length > 1 ? `${name}-${port}` : name,
      tier: 'release',
      when: [http.length > 1 ? { port } : {}],
      action: { kind: 'split', to: shares },
    });
  for (const port of service.ports.filter((p) => !p.isHttp))
    service.routes.addL4Rule(release, {
      name: `${name}-${port.number}`,
      tier: 'release',
      match: service.ports.length > 1 ? { port: port.number } : {},
      to: shares.map((d) => ({ ...d, port: port.number })),
    });
  const model = AppModel.of(release);
  const routes = () => movedRoutes(model, service, { where, added: managedRoutes });
  if (managedRoutes.length > 0)
    service.routes.note(
      release,
      `while "${name}" goes on, its steps put routes before all of these: ${managedRoutes.join(', ')}`,
    );
  const analysis = props.metrics && metricsAnalysis(release, service, props.metrics, steps);
  const spec = (): RolloutSpec => {
    const [only, ...others] = routes();
    return {
      ...(own.replicas !== undefined && !own.autoscale ? { replicas: own.replicas } : {}),
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `${service.name}-${version}`, scaleDown: 'onsuccess' },
      strategy: {
        canary: {
          ...(analysis ? { analysis } : {}),
          steps,
          trafficRouting: {
            istio: {
              ...(others.length > 0 ? { virtualServices: [only!, ...others] } : { virtualService: only! }),
              destinationRule: { name: service.name, stableSubsetName: STABLE!, canarySubsetName: CANARY! },
            },
            ...(managedRoutes.length > 0 ? { managedRoutes: managedRoutes.map((route) => ({ name: route })) } : {}),
          },
        },
      },
    };
  };
  model.add({ node: release.node, finish: () => void routes() });
  return new Rollout(release, 'Rollout', {
    metadata: { name: service.name, namespace: service.namespace, labels: commonLabels(service.name) },
    spec: Lazy.any({ produce: spec }) as RolloutSpec,
  });
}
