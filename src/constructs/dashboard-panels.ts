import type { Port } from '../values/port';
import type { Engine } from './controlled-version';

/** What a row of panels is about. */
interface Shown {
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly Port[];
  /** The controller that makes its second version. */
  readonly controller: Engine | undefined;
}

/** A panel before it has a place. */
interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly targets: readonly (readonly [expression: string, legend: string])[];
  readonly description: string;
}

const SOURCE = { type: 'prometheus', uid: '$' + '{datasource}' };
const WIDTH = 24;
const HEIGHT = 8;
const GRPC = ['grpc', 'grpc-web'];

/** Grafana's JSON: the same for the same services, whatever the app's order. */
export function dashboard(uid: string, title: string, services: readonly Shown[]): object {
  let y = 0;
  let id = 0;
  const panels = services.flatMap((s) => {
    const row = {
      id: ++id,
      type: 'row',
      title: `${s.name} (${s.namespace})`,
      collapsed: false,
      gridPos: { h: 1, w: WIDTH, x: 0, y },
      panels: [],
    };
    const list = panelsOf(s);
    const w = Math.floor(WIDTH / list.length);
    const placed = list.map((p, i) => timeSeries(++id, p, { h: HEIGHT, w, x: i * w, y: y + 1 }));
    y += 1 + HEIGHT;
    return [row, ...placed];
  });
  return {
    uid,
    title,
    tags: ['cdk8s-mesh', 'istio'],
    schemaVersion: 39,
    editable: false,
    time: { from: 'now-1h', to: 'now' },
    refresh: '30s',
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source', current: {}, hide: 0 }],
    },
    panels,
  };
}

const timeSeries = (id: number, { title, unit, targets, description }: Panel, gridPos: object) => ({
  id,
  type: 'timeseries',
  title,
  description,
  datasource: SOURCE,
  gridPos,
  fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
  targets: targets.map(([expr, legendFormat], i) => ({
    refId: String.fromCharCode(65 + i),
    datasource: SOURCE,
    expr,
    legendFormat,
  })),
});

/** Panels of a service, by what its ports speak. All of them tell versions apart. */
function panelsOf(s: Shown): readonly Panel[] {
  const http = s.ports.some((p) => p.isHttp);
  const grpc = s.ports.some((p) => GRPC.includes(p.protocol));
  const tcp = s.ports.some((p) => !p.isHttp);
  return [...(http ? httpPanels(s, grpc) : []), ...(tcp ? [tcpPanel(s)] : [])];
}

const REQUESTS = 'istio_requests_total';
const WORKLOAD = 'destination_workload';

/** How the numbers of a service are asked for, and by which label its versions are told apart. */
interface Asked {
  /** The label, at what the service's own proxies report, which have every request once. */
  readonly version: string;
  /** The same as the callers' proxies see it; nothing where they see no difference. */
  readonly seenAs: string | undefined;
  readonly rate: (metric: string, reporter: 'destination' | 'source', more?: string) => string;
}

/**
 * Versions have a label of their own, `destination_version`. Flagger's have the same one, and are other Deployments behind other
 * Services. Those of a Rollout are one workload: what tells them apart is the hash in their pods' names, which the scrape's label `pod` has.
 * Source: flagger, pkg/router/kubernetes_default.go; argo-rollouts, utils/replicaset (names of ReplicaSets).
 */
function asked({ name, namespace, controller }: Shown): Asked {
  const service =
    controller === 'flagger'
      ? `destination_service_name=~"${name}|${name}-primary|${name}-canary"`
      : `destination_service_name="${name}"`;
  const rate: Asked['rate'] = (metric, reporter, more = '') =>
    `rate(${metric}{reporter="${reporter}",${service},destination_service_namespace="${namespace}"${more}}[$__rate_interval])`;
  if (controller === 'flagger') return { version: WORKLOAD, seenAs: WORKLOAD, rate };
  if (!controller) return { version: 'destination_version', seenAs: 'destination_version', rate };
  const hash = (of: string) => `label_replace(${of}, "revision", "$1", "pod", "${name}-([0-9a-z]+)-[0-9a-z]+")`;
  return {
    version: 'revision',
    seenAs: undefined,
    rate: (metric, reporter, more) => {
      const of = rate(metric, reporter, more);
      return reporter === 'destination' ? hash(of) : of;
    },
  };
}

const sum = (by: string, expression: string) => `sum by (${by}) (${expression})`;
const legend = (...labels: readonly (string | undefined)[]) =>
  labels
    .filter((l) => l !== undefined)
    .map((l) => `{{${l}}}`)
    .join(' ');

function httpPanels(s: Shown, grpc: boolean): readonly Panel[] {
  const { version, seenAs, rate } = asked(s);
  const all = sum(version, rate(REQUESTS, 'destination'));
  /** A share that is 0, not nothing, while there are no errors. */
  const share = (of: string) => `(${sum(version, rate(REQUESTS, 'destination', of))} or 0 * ${all}) / ${all}`;
  const quantile = (q: number) =>
    `histogram_quantile(${q}, ${sum(`le, ${version}`, rate('istio_request_duration_milliseconds_bucket', 'destination'))})`;
  const by = legend(version);
  return [
    {
      title: 'Requests',
      unit: 'reqps',
      description: 'Requests a second, by version.',
      targets: [[all, by]],
    },
    {
      title: 'Errors',
      unit: 'percentunit',
      description: 'The share of requests that fail, by version, as the service answers them.',
      targets: [
        [share(',response_code=~"5.."'), by],
        ...(grpc ? [[share(',grpc_response_status!~"0?"'), `${by} gRPC`] as const] : []),
      ],
    },
    {
      title: 'Latency',
      unit: 'ms',
      description: 'How long requests take, by version: the median, and what 5 % and 1 % of them exceed.',
      targets: [
        [quantile(0.5), `${by} p50`],
        [quantile(0.95), `${by} p95`],
        [quantile(0.99), `${by} p99`],
      ],
    },
    {
      title: 'Errors that callers see',
      unit: 'reqps',
      description:
        'Failures a second with Envoy’s response flags, as the callers’ proxies see them: also where no pod was reached.',
      targets: [
        [
          sum([...(seenAs ? [seenAs] : []), 'response_flags'].join(', '), rate(REQUESTS, 'source', ',response_code=~"0|5.."')),
          legend(seenAs, 'response_flags'),
        ],
      ],
    },
  ];
}

function tcpPanel(s: Shown): Panel {
  const { version, rate } = asked(s);
  return {
    title: 'Connections',
    unit: 'Bps',
    description: 'Bytes a second on connections, by version.',
    targets: [
      [sum(version, rate('istio_tcp_received_bytes_total', 'destination')), `${legend(version)} received`],
      [sum(version, rate('istio_tcp_sent_bytes_total', 'destination')), `${legend(version)} sent`],
    ],
  };
}
