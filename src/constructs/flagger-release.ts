import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { type Analysis, Canary, type CanarySpec, type Metrics } from '../../imports/flagger.app';
import { lowerMatch } from '../routing/header-names';
import { renderMatch } from '../routing/render-http';
import type { Condition } from '../values/condition';
import { isCount } from '../values/count';
import { type Time, toMillis } from '../values/duration';
import { dnsLabel, kebab } from '../values/names';
import { checkPercent, type Percent } from '../values/percent';
import type { HttpProtocol } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import { commonLabels } from './common-labels';
import { type Controlled, controlledVersion } from './controlled-version';
import { canaryPolicy } from './flagger-policy';
import { Mesh } from './mesh';
import { seconds, whole } from './rollouts-steps';

/** What has to hold of the canary for it to go on, asked of Prometheus at each interval. */
export interface FlaggerMetrics {
  /** Lowest share of answers that are no 5xx, in percent. @default - not asked, if another one is */
  readonly successRate?: Percent;
  /** The longest that the slowest hundredth of requests may take. @default - not asked */
  readonly p99?: Time;
}

interface FlaggerProps<V extends string> {
  /** Who moves the traffic. */
  readonly engine: 'flagger';
  /** The service that is released; one of this app with a single version and one port, which speaks HTTP. */
  readonly service: Controlled<V, HttpProtocol>;
  /** How long each step takes, in whole seconds, at least 10. @default '1m' */
  readonly interval?: Time;
  /** After so many failed checks all goes back to the version that was. @default 5 */
  readonly threshold?: number;
  /** What is checked. @default { successRate: 99 } */
  readonly metrics?: FlaggerMetrics;
}

/** A release that Flagger makes whenever the pods of the service's only version change. */
export type FlaggerCanaryProps<V extends string> = FlaggerProps<V> &
  (
    | {
        /** Shares of the canary, in whole percent, each more than the one before; after the last it becomes the version. */
        readonly steps: readonly Percent[];
        /** Before the first step this share of the requests is copied to the canary, in whole percent. @default - none */
        readonly mirrorFirst?: Percent;
        readonly audience?: never;
        readonly iterations?: never;
      }
    | {
        /** These requests, and no others, get the canary. */
        readonly audience: Condition;
        /** For so many intervals. */
        readonly iterations: number;
        readonly steps?: never;
        readonly mirrorFirst?: never;
      }
  );

const PROPERTIES: Properties<FlaggerCanaryProps<string>> = {
  engine: 'text',
  service: 'service',
  interval: 'any?',
  threshold: 'number?',
  metrics: 'map?',
  steps: 'list?',
  mirrorFirst: 'number?',
  audience: 'condition?',
  iterations: 'number?',
};

/**
 * The Canary of a service, whose Service, routes and policies Flagger makes. Its Deployment stays; the pods are selected by a label
 * of their own (`name`) that policies do not look at, since Flagger gives the pods of the version that was another value of it.
 * Source: flagger, pkg/canary/deployment_controller.go, pkg/router/istio.go.
 */
export function releaseByFlagger(release: Construct, props: FlaggerCanaryProps<any>): Canary {
  const where = `"${release.node.path}"`;
  checkProperties<FlaggerCanaryProps<string>>(props, PROPERTIES, where);
  const { service, version, deployment, own } = controlledVersion(release, props.service, 'flagger');
  service.needHttp(`engine 'flagger' of ${where}`);
  const [port, ...others] = service.ports;
  if (others.length > 0)
    throw new Error(
      `service "${service.name}" of ${where} has ${others.length + 1} ports, and Flagger routes the requests of all of them to the first one: give it one port, or use engine 'argo-rollouts'`,
    );
  if (own.replicas !== undefined && !own.autoscale)
    throw new Error(
      `version "${version}" of ${where} has replicas, which Flagger sets on its Deployment itself (0 between releases): say autoscale: { min: ${own.replicas}, max: ${own.replicas} } instead`,
    );
  const analysis = analysisOf(props, where);
  const name = dnsLabel(kebab(release.node.id), `name of the rule of ${where}`);
  const mesh = Mesh.of(release);
  const hosts = ['primary', 'canary'].map((made) =>
    mesh.fqdn(dnsLabel(`${service.name}-${made}`, `name of the ${made} Service of ${where}`), service.namespace),
  );
  const target = `${service.name}-${version}`;
  if (own.podLabels && 'name' in own.podLabels)
    throw new Error(
      `podLabels of version "${version}" of ${where} have "name", by which Flagger tells its pods from those of the version that was: leave it out`,
    );
  deployment.handTo({ selector: { name: target } });
  service.node.tryRemoveChild('Service');
  const policy = () => canaryPolicy(service, where);
  service.policies.leaveTo();
  service.routes.leaveTo(release, { name, hosts, keys: audienceKeys(analysis) });
  const spec = (): CanarySpec => {
    const trafficPolicy = policy();
    return {
      provider: 'istio',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
      ...(own.autoscale
        ? { autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: target } }
        : {}),
      service: {
        name: service.name,
        port: port!.number,
        ...(port!.target === port!.number ? {} : { targetPort: port!.target }),
        portName: port!.name,
        appProtocol: port!.appProtocol,
        ...(service.routes.isRoot ? { delegation: true } : {}),
        ...(trafficPolicy ? { trafficPolicy } : {}),
      },
      analysis,
    };
  };
  return new Canary(release, 'Canary', {
    metadata: { name: service.name, namespace: service.namespace, labels: commonLabels(service.name) },
    spec: Lazy.any({ produce: spec }) as unknown as CanarySpec,
  });
}

function analysisOf(props: FlaggerCanaryProps<any>, where: string): Analysis {
  const { interval = '1m', threshold = 5, steps, audience, iterations, mirrorFirst } = props;
  if (toMillis(interval, `interval of ${where}`) < 10_000)
    throw new Error(`interval of ${where} is ${seconds(interval, `interval of ${where}`)}: Flagger takes 10s at least`);
  const common = {
    interval: seconds(interval, `interval of ${where}`),
    threshold: atLeastOne(threshold, `threshold of ${where}`),
    metrics: metricsOf(props.metrics ?? { successRate: 99 }, `metrics of ${where}`),
  };
  if (audience) {
    if (steps)
      throw new Error(`${where} has both steps and an audience: Flagger either moves shares, or gives an audience the canary`);
    if (mirrorFirst !== undefined)
      throw new Error(`${where} has mirrorFirst and an audience: copies come before shares, so give it steps`);
    if (iterations === undefined)
      throw new Error(`${where} has an audience and no iterations: for how many intervals is it tried?`);
    const match = audience.matches.map((m) => matchOf(m, audience, where));
    return { ...common, iterations: atLeastOne(iterations, `iterations of ${where}`), match };
  }
  if (iterations !== undefined) throw new Error(`${where} has iterations and no audience: steps take an interval each`);
  if (!steps || steps.length === 0) throw new Error(`${where} has neither steps nor an audience: who should get the canary?`);
  const stepWeights = steps.map((s, i) => whole(s, `steps[${i}] of ${where}`));
  for (const [i, s] of stepWeights.entries())
    if (s <= (stepWeights[i - 1] ?? 0))
      throw new Error(
        `steps[${i}] of ${where} is ${s}${i > 0 ? ` after ${stepWeights[i - 1]}` : ''}: each has to be more than ${i > 0 ? 'the one before' : '0; for copies without a share there is mirrorFirst'}`,
      );
  const mirrorWeight = mirrorFirst === undefined ? undefined : whole(mirrorFirst, `mirrorFirst of ${where}`);
  if (mirrorWeight === 0) throw new Error(`mirrorFirst of ${where} is 0: leave it out instead`);
  return { ...common, stepWeights, ...(mirrorWeight === undefined ? {} : { mirror: true, mirrorWeight }) };
}

function metricsOf(metrics: FlaggerMetrics, what: string): Metrics[] {
  checkProperties<FlaggerMetrics>(metrics, { successRate: 'number?', p99: 'any?' }, what);
  const { successRate, p99 } = metrics;
  const out: Metrics[] = [];
  if (successRate !== undefined)
    out.push({ name: 'request-success-rate', thresholdRange: { min: checkPercent(successRate, `successRate of ${what}`) } });
  if (p99 !== undefined) out.push({ name: 'request-duration', thresholdRange: { max: toMillis(p99, `p99 of ${what}`) } });
  if (out.length === 0) throw new Error(`${what} ask for nothing: every canary would be taken, however it does`);
  return out;
}

/** What Flagger's CRD has of a match: headers, query parameters and the caller's labels. */
function matchOf(m: Condition['matches'][number], audience: Condition, where: string): NonNullable<Analysis['match']>[number] {
  const { headers, queryParams, sourceLabels, ...rest } = renderMatch(lowerMatch(m)) as Record<string, any>;
  const values = [...Object.values(headers ?? {}), ...Object.values(queryParams ?? {})] as object[];
  if (Object.keys(rest).length > 0 || values.some((v) => Object.keys(v).length === 0))
    throw new Error(
      `audience of ${where} is "${audience}": Flagger asks for values of headers and query parameters alone, so leave other conditions out, or use a static release`,
    );
  if (!headers && !queryParams)
    throw new Error(`audience of ${where} is every request: give it a condition on a header, or steps`);
  return { ...(headers ? { headers } : {}), ...(queryParams ? { queryParams } : {}), ...(sourceLabels ? { sourceLabels } : {}) };
}

/** Headers and query parameters that the audience asks for. */
const audienceKeys = ({ match = [] }: Analysis): readonly string[] => [
  ...new Set(match.flatMap((m) => [...Object.keys(m.headers ?? {}), ...Object.keys(m.queryParams ?? {})])),
];

function atLeastOne(n: number, what: string): number {
  if (!isCount(n, 1)) throw new Error(`${what} is ${n}: it has to be a whole number, at least 1`);
  return n;
}
