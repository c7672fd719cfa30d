import type { Construct } from 'constructs';
import { AnalysisTemplate, type CanaryAnalysis, type Metrics, type Steps } from '../../imports/argoproj.io';
import { isCount } from '../values/count';
import { type Time, toMillis } from '../values/duration';
import { text } from '../values/names';
import { checkPercent, type Percent } from '../values/percent';
import { checkProperties, type Properties } from '../values/properties';
import { commonLabels } from './common-labels';
import type { MeshService } from './mesh-service';
import { seconds } from './rollouts-steps';

/**
 * What has to hold of the canary for the release to go on, asked of Prometheus from the first step that sends it requests. Numbers that
 * Prometheus does not have are no success: after `threshold` such checks the release waits for somebody to look.
 */
export interface RolloutMetrics {
  /** Prometheus' address, as Argo Rollouts reaches it: `http://prometheus.istio-system:9090`. */
  readonly prometheus: string;
  /** Lowest share of answers that are no failures of the server, in percent. @default - not asked, if another one is; else 99 */
  readonly successRate?: Percent;
  /** The longest that the slowest hundredth of requests may take. @default - not asked */
  readonly p99?: Time;
  /** How often it is asked, in whole seconds, at least 10. @default '1m' */
  readonly interval?: Time;
  /** After so many failed checks all goes back to the stable version. @default 5 */
  readonly threshold?: number;
}

const PROPERTIES: Properties<RolloutMetrics> = {
  prometheus: 'text',
  successRate: 'number?',
  p99: 'any?',
  interval: 'any?',
  threshold: 'number?',
};

/** The argument by which a template knows the canary's pods. */
const HASH = { name: 'canary-hash', valueFrom: { podTemplateHashValue: 'Latest' } } as const;

/** HTTP statuses and gRPC statuses that are the server's failures, as dashboards of the two protocols count them. */
const FAILED_HTTP = 'response_code=~"5.."';
const FAILED_GRPC = 'grpc_response_status=~"2|4|12|13|14|15"';

/**
 * The AnalysisTemplate of a service's metrics, and how the release uses it. Pods are told apart by the hash in their names, which
 * Prometheus' label `pod` has. Source: argo-rollouts, utils/evaluate, metricproviders/prometheus.
 */
export function metricsAnalysis(
  release: Construct,
  service: MeshService<string, any>,
  metrics: RolloutMetrics,
  steps: readonly Steps[],
): CanaryAnalysis {
  const where = `metrics of "${release.node.path}"`;
  checkProperties<RolloutMetrics>(metrics, PROPERTIES, where);
  const { prometheus, p99, interval = '1m', threshold = 5 } = metrics;
  if (!/^https?:\/\/[^\s/]+/.test(text(prometheus, `prometheus of ${where}`)))
    throw new Error(
      `prometheus of ${where} is "${prometheus}", which is no URL: write it like "http://prometheus.istio-system:9090"`,
    );
  service.needHttp(where);
  const every = toMillis(interval, `interval of ${where}`);
  if (every < 10_000) throw new Error(`interval of ${where} is ${every / 1000}s: it has to be 10s at least`);
  if (!isCount(threshold, 1)) throw new Error(`threshold of ${where} is ${threshold}: it has to be a whole number, at least 1`);
  const first = steps.findIndex((s) => (s.setWeight ?? 0) > 0 || s.setHeaderRoute?.match || s.setMirrorRoute?.match);
  if (first < 0 || !steps.slice(first).some((s) => s.pause || s.analysis))
    throw new Error(
      `${where} would be asked of nobody: no step of it sends the canary requests and waits (pause) then, before it gets all`,
    );
  const window = `[${Math.max(every / 1000, 60)}s]`;
  const of = (metric: string, more = '') =>
    `rate(${metric}{reporter="destination",destination_service_name="${service.name}",destination_service_namespace="${service.namespace}",pod=~"${service.name}-{{args.${HASH.name}}}-.+"${more}}${window})`;
  const all = `sum(${of('istio_requests_total')})`;
  const failed = [FAILED_HTTP, ...(service.ports.some((p) => p.protocol.startsWith('grpc')) ? [FAILED_GRPC] : [])]
    .map((labels) => `(sum(${of('istio_requests_total', `,${labels}`)}) or vector(0))`)
    .join(' + ');
  const successRate = metrics.successRate ?? (p99 === undefined ? 99 : undefined);
  const asked: readonly (readonly [name: string, query: string, holds: string, fails: string])[] = [
    ...(successRate === undefined
      ? []
      : [
          [
            'success-rate',
            `100 * (1 - (${failed}) / ${all})`,
            `>= ${checkPercent(successRate, `successRate of ${where}`)}`,
            `< ${successRate}`,
          ] as const,
        ]),
    ...(p99 === undefined
      ? []
      : [
          [
            'p99',
            `histogram_quantile(0.99, sum by (le) (${of('istio_request_duration_milliseconds_bucket')}))`,
            `<= ${toMillis(p99, `p99 of ${where}`)}`,
            `> ${toMillis(p99, `p99 of ${where}`)}`,
          ] as const,
        ]),
  ];
  const name = `${service.name}-release`;
  new AnalysisTemplate(release, 'Metrics', {
    metadata: { name, namespace: service.namespace, labels: commonLabels(service.name) },
    spec: {
      args: [{ name: HASH.name }],
      metrics: asked.map(
        ([metric, query, holds, fails]): Metrics => ({
          name: metric,
          interval: seconds(interval, `interval of ${where}`),
          // nothing, and NaN where there were no requests, are neither
          successCondition: `len(result) > 0 && result[0] ${holds}`,
          failureCondition: `len(result) > 0 && result[0] ${fails}`,
          failureLimit: threshold - 1,
          inconclusiveLimit: threshold - 1,
          provider: { prometheus: { address: prometheus, query } },
        }),
      ),
    },
  });
  return { templates: [{ templateName: name }], args: [HASH], ...(first > 0 ? { startingStep: first } : {}) };
}
