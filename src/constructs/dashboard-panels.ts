import type { Port } from '../values/port';

/** What a row of panels is about. */
interface Shown {
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly Port[];
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

const BY_VERSION = '{{destination_version}}';

/** Of what the service's own proxies report, which have every request once. */
const selector = ({ name, namespace }: Shown, reporter: 'destination' | 'source', more = '') =>
  `{reporter="${reporter}",destination_service_name="${name}",destination_service_namespace="${namespace}"${more}}`;
const rate = (metric: string, of: string) => `rate(${metric}${of}[$__rate_interval])`;
const sum = (expression: string, by = 'destination_version') => `sum by (${by}) (${expression})`;
const REQUESTS = 'istio_requests_total';

function httpPanels(s: Shown, grpc: boolean): readonly Panel[] {
  const all = sum(rate(REQUESTS, selector(s, 'destination')));
  /** A share that is 0, not nothing, while there are no errors. */
  const share = (of: string) => `(${sum(rate(REQUESTS, selector(s, 'destination', of)))} or 0 * ${all}) / ${all}`;
  const bucket = selector(s, 'destination');
  const quantile = (q: number) =>
    `histogram_quantile(${q}, ${sum(rate('istio_request_duration_milliseconds_bucket', bucket), 'le, destination_version')})`;
  return [
    {
      title: 'Requests',
      unit: 'reqps',
      description: 'Requests a second, by version.',
      targets: [[all, BY_VERSION]],
    },
    {
      title: 'Errors',
      unit: 'percentunit',
      description: 'The share of requests that fail, by version, as the service answers them.',
      targets: [
        [share(',response_code=~"5.."'), BY_VERSION],
        ...(grpc ? [[share(',grpc_response_status!~"0?"'), `${BY_VERSION} gRPC`] as const] : []),
      ],
    },
    {
      title: 'Latency',
      unit: 'ms',
      description: 'How long requests take, by version: the median, and what 5 % and 1 % of them exceed.',
      targets: [
        [quantile(0.5), `${BY_VERSION} p50`],
        [quantile(0.95), `${BY_VERSION} p95`],
        [quantile(0.99), `${BY_VERSION} p99`],
      ],
    },
    {
      title: 'Errors that callers see',
      unit: 'reqps',
      description:
        'Failures a second with Envoy’s response flags, as the callers’ proxies see them: also where no pod was reached.',
      targets: [
        [
          sum(rate(REQUESTS, selector(s, 'source', ',response_code=~"0|5.."')), 'destination_version, response_flags'),
          `${BY_VERSION} {{response_flags}}`,
        ],
      ],
    },
  ];
}

const tcpPanel = (s: Shown): Panel => ({
  title: 'Connections',
  unit: 'Bps',
  description: 'Bytes a second on connections, by version.',
  targets: [
    [sum(rate('istio_tcp_received_bytes_total', selector(s, 'destination'))), `${BY_VERSION} received`],
    [sum(rate('istio_tcp_sent_bytes_total', selector(s, 'destination'))), `${BY_VERSION} sent`],
  ],
});
