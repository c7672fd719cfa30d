import type { App, Chart } from 'cdk8s';
import { Chart as AnyChart } from 'cdk8s';
import { Telemetry } from '../../imports/telemetry.istio.io';
import {
  ApplicationMetrics,
  CanaryRelease,
  GrafanaDashboard,
  Mesh,
  MeshService,
  Observability,
  Port,
  SecureNamespace,
  StatefulService,
} from '../../src';
import { check } from '../../src/check/check';
import { AppModel } from '../../src/constructs/app-model';
import { parseManifests } from '../../src/manifests/parse';
import { newChart, object, yamlOf } from './support';

const image = { image: 'x:1' };
const meshConfig = {
  extensionProviders: [{ name: 'otel', opentelemetry: { service: 'otel.observability.svc.cluster.local', port: 4317 } }],
};
const newMesh = () => {
  const c = newChart();
  new Mesh(c.node.root as App, 'Mesh', { meshConfig });
  return c;
};
const db2 = (c: Chart) =>
  new StatefulService(c, 'Db2', { port: Port.mysql(3306), image: 'x:1', podAnnotations: { 'prometheus.io/port': '1' } });
const spec = (c: Chart, name = 'namespace-default') => object(c, 'Telemetry', name).spec;

test('one Telemetry for the namespace, from several constructs', () => {
  const c = newMesh();
  new Observability(c, 'Logs', { accessLogs: 'errors' });
  const metricTags = { request_host: 'request.host', request_protocol: false } as const;
  new Observability(c, 'Rest', {
    tracing: {
      sampling: 1,
      provider: 'otel',
      tags: { team: { literal: 'shop' }, tenant: { header: 'x-tenant' }, node: { environment: 'NODE' } },
    },
    metricTags,
  });
  expect(yamlOf(c)).toMatchSnapshot();
  expect(check(parseManifests(yamlOf(c), 'x'), { meshConfig }).diagnostics).toEqual([]);
});

test('the same whatever comes first', () => {
  const made = (reverse: boolean) => {
    const c = newMesh();
    const all = [{ accessLogs: 'all' }, { tracing: 'off' }] as const;
    for (const [i, props] of (reverse ? [...all].reverse() : all).entries()) new Observability(c, `O${i}`, props);
    return JSON.stringify(spec(c));
  };
  expect(made(true)).toBe(made(false));
});

test('of tracing a namespace says what is different there: istiod joins it with what the mesh says', () => {
  const c = newMesh();
  new Observability(c, 'Mesh', { scope: 'mesh', tracing: 'off' });
  new Observability(c, 'Own', { tracing: { sampling: 100 } });
  expect(spec(c)).toEqual({ tracing: [{ disableSpanReporting: false, randomSamplingPercentage: 100 }] });
  expect(() => new Observability(newMesh(), 'Mesh', { scope: 'mesh', tracing: { sampling: 1 } })).toThrow(
    'tracing of "chart/Mesh" has no provider, and the Mesh\'s meshConfig no defaultProviders for tracing',
  );
});

test('errors alone by a provider that is not the default', () => {
  const [by, usual] = (['otel', undefined] as const).map((provider) => {
    const c = newMesh();
    new Observability(c, 'Own', { accessLogs: provider ? { filter: 'errors', provider } : 'errors' });
    return spec(c).accessLogging[0];
  });
  expect(by).toEqual({ ...usual, providers: [{ name: 'otel' }] });
});

test('the mesh, and a namespace that says otherwise', () => {
  const c = newMesh();
  new Observability(c, 'Mesh', { scope: 'mesh', accessLogs: 'off' });
  new Observability(c, 'Own', { accessLogs: { filter: 'response.code >= 500', provider: 'otel' } });
  expect(object(c, 'Telemetry', 'mesh-default').metadata.namespace).toBe('istio-system');
  expect(spec(c, 'mesh-default')).toEqual({ accessLogging: [{ providers: [{ name: 'envoy' }], disabled: true }] });
  expect(spec(c)).toEqual({
    accessLogging: [{ providers: [{ name: 'otel' }], filter: { expression: 'response.code >= 500' } }],
  });
});

test('a Telemetry beside it is an error', () => {
  const c = newChart();
  new Observability(c, 'Logs', { accessLogs: 'all' });
  new Telemetry(c, 'Mine', { metadata: { name: 'mine' }, spec: { tracing: [{ disableSpanReporting: true }] } });
  expect(() => (c.node.root as App).synthYaml()).toThrow(
    /"chart\/Mine" is a Telemetry for namespace "shop", beside "chart\/Logs\/Telemetry".*say it with Observability/,
  );
});

test('an ambient namespace is said', () => {
  const c = newChart();
  new SecureNamespace(c, 'Namespace', { dataPlane: 'ambient' });
  new Observability(c, 'Logs', { accessLogs: 'all' });
  (c.node.root as App).synthYaml();
  expect(
    AppModel.of(c)
      .warnings()
      .map((w) => w.message),
  ).toEqual([expect.stringMatching(/^is about ambient namespace "shop"/)]);
});

const orders = (c: Chart, o: object = {}) =>
  new MeshService(c, 'Orders', { port: Port.http(8080), versions: { v1: image, v2: image }, defaultVersion: 'v1', ...o });
const annotations = (c: Chart, name: string) => object(c, 'Deployment', name).spec.template.metadata.annotations;

describe('metrics of the program', () => {
  test('annotations of the pods of all versions, which the proxy answers for', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    new ApplicationMetrics(c, 'Metrics', { service: orders(c, { calls: [] }), port: 9090, path: '/stats' });
    for (const v of ['v1', 'v2'])
      expect(annotations(c, `orders-${v}`)).toEqual({
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9090',
        'prometheus.io/path': '/stats',
      });
  });

  test("annotations of a database's pods, whose exporter is beside it", () => {
    const c = newChart();
    const service = new StatefulService(c, 'Db', { port: Port.mysql(3306), image: 'x:1', podAnnotations: { team: 'a' } });
    new ApplicationMetrics(c, 'Metrics', { service, port: 9104, podMonitor: { labels: {} } });
    const { template } = object(c, 'StatefulSet', 'db').spec;
    expect(template.metadata.annotations).toMatchObject({
      team: 'a',
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9104',
    });
    const { selector } = object(c, 'PodMonitor', 'db-metrics').spec;
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(() => new ApplicationMetrics(c, 'Second', { service: db2(c), port: 1 })).toThrow(
      /pods of service "db2" have "prometheus\.io\/port" already/,
    );
  });

  test('a PodMonitor asks the proxy', () => {
    const c = newChart();
    new ApplicationMetrics(c, 'Metrics', {
      service: orders(c),
      port: 8080,
      podMonitor: { labels: { release: 'prometheus' } },
    });
    expect(yamlOf(c, 'PodMonitor')).toMatchSnapshot();
  });

  test('the application itself is asked where plain text and strangers are taken', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace', { mtls: 'PERMISSIVE', denyByDefault: false });
    new ApplicationMetrics(c, 'Metrics', { service: orders(c), port: 9090, from: 'application', podMonitor: { labels: {} } });
    expect(annotations(c, 'orders-v1')['prometheus.istio.io/merge-metrics']).toBe('false');
    const [endpoint] = object(c, 'PodMonitor', 'orders-metrics').spec.podMetricsEndpoints;
    expect([endpoint.path, endpoint.relabelings[0].regex]).toEqual(['/metrics', 'orders']);
  });
});

describe('a dashboard', () => {
  const made = (build: (c: Chart) => void) => {
    const c = newChart();
    build(c);
    const { data, metadata } = object(c, 'ConfigMap', 'shop-dashboard');
    return { json: data['shop.json'] as string, labels: metadata.labels };
  };
  const both = (c: Chart) => {
    orders(c, { port: undefined, ports: [Port.http(80), Port.grpc(90), Port.redis(6379)] });
    new MeshService(c, 'Db', { port: Port.mysql(3306), versions: { v1: image } });
    new GrafanaDashboard(c, 'Shop', { title: 'The shop' });
  };

  test('a row for each service, by version', () => {
    const { json, labels } = made(both);
    expect(labels).toEqual({ grafana_dashboard: '1' });
    expect(JSON.parse(json)).toMatchSnapshot();
  });

  test('versions that a controller makes are told apart', () => {
    const { json } = made((c) => {
      for (const [name, engine] of [
        ['web', 'flagger'],
        ['cart', 'argo-rollouts'],
      ] as const) {
        const service = new MeshService(c, name, { port: Port.http(80), versions: { live: image } });
        const steps = engine === 'flagger' ? [10] : [{ setWeight: 10 }];
        new CanaryRelease(c, `${name}-release`, { engine, service, steps } as never);
      }
      new GrafanaDashboard(c, 'Shop');
    });
    const expressions = JSON.parse(json).panels.flatMap((p: any) =>
      (p.targets ?? []).map((t: any) => `${t.legendFormat}: ${t.expr}`),
    );
    expect(expressions).toMatchSnapshot();
  });

  test('panels stand beside and below each other, each with an id of its own', () => {
    const { panels } = JSON.parse(made(both).json);
    const taken = new Set<string>();
    for (const { gridPos } of panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x).toBeLessThan(24);
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
    expect(new Set(panels.map((p: any) => p.id)).size).toBe(panels.length);
  });

  // Source: Istio's standard metrics page (reference/config/metrics)
  const METRICS = /^istio_(requests_total|request_duration_milliseconds_bucket|tcp_(sent|received)_bytes_total)$/;
  const LABELS = ['reporter', 'destination_service_name', 'destination_service_namespace', 'destination_version'];
  LABELS.push('response_code', 'response_flags', 'grpc_response_status', 'le');
  const FUNCTIONS = ['sum', 'by', 'rate', 'histogram_quantile', 'or'];

  test('each expression is balanced, and of metrics and labels that Istio has', () => {
    const { panels } = JSON.parse(made(both).json);
    const expressions: string[] = panels.flatMap((p: any) => (p.targets ?? []).map((t: any) => t.expr));
    expect(expressions.length).toBeGreaterThan(8);
    for (const expr of expressions) {
      const open: string[] = [];
      const bare = expr.replace(/"[^"]*"/g, '""');
      for (const ch of bare) {
        if ('({['.includes(ch)) open.push(ch);
        else if (')}]'.includes(ch)) expect(`${open.pop()}${ch}`).toMatch(/^(\(\)|\{\}|\[\])$/);
      }
      expect(open).toEqual([]);
      const labels = [...bare.matchAll(/([a-z_]+)(=|!=|=~|!~)""/g)].map((m) => m[1]!);
      const grouped = [...bare.matchAll(/by \(([^)]*)\)/g)].flatMap((m) => m[1]!.split(', '));
      for (const l of [...labels, ...grouped]) expect(LABELS).toContain(l);
      const rest = bare
        .replace(/\{[^}]*\}/g, '')
        .replace(/by \([^)]*\)/g, '')
        .replace(/\[\$__rate_interval\]/g, '');
      const names = [...rest.matchAll(/[a-z_]{2,}/g)].map((m) => m[0]);
      for (const n of names) if (!FUNCTIONS.includes(n)) expect(n).toMatch(METRICS);
      expect(names.some((n) => METRICS.test(n))).toBe(true);
      expect(expr).toContain('$__rate_interval');
    }
  });

  test('one that kubectl apply would refuse is worth a look, and one that no ConfigMap holds an error', () => {
    const app = (count: number) => {
      const c = newChart();
      for (let i = 0; i < count; i++) new MeshService(c, `s-${i}`, { port: Port.http(80), versions: { v1: image } });
      return { c, dashboard: new GrafanaDashboard(c, 'Shop') };
    };
    const warned = ({ c, dashboard }: ReturnType<typeof app>) => {
      c.toJson();
      return dashboard.warnings();
    };
    expect(warned(app(30))).toEqual([]);
    expect(warned(app(60))).toEqual([expect.stringMatching(/^has \d+ bytes, of which kubectl apply would keep a copy/)]);
    expect(() => warned(app(300))).toThrow('bytes, and a ConfigMap holds 1048576: name fewer services, and make several');
  });

  test('the same in whatever order services are made', () => {
    const ports = { a: Port.http(80), b: Port.http(81) };
    const of = (names: readonly ('a' | 'b')[]) =>
      made((c) => {
        for (const n of names) new MeshService(c, n, { name: n, port: ports[n], versions: { v1: image } });
        new GrafanaDashboard(c, 'Shop');
      }).json;
    expect(of(['b', 'a'])).toBe(of(['a', 'b']));
  });

  test('services that are named alone', () => {
    const { json } = made((c) => {
      const other = new AnyChart(c.node.root as App, 'other', { namespace: 'other' });
      const service = orders(other);
      new MeshService(c, 'Db', { port: Port.mysql(3306), versions: { v1: image } });
      new GrafanaDashboard(c, 'Shop', { services: [service], labels: { dashboards: 'yes' } });
    });
    expect(
      JSON.parse(json)
        .panels.filter((p: any) => p.type === 'row')
        .map((p: any) => p.title),
    ).toEqual(['orders (other)']);
  });
});
