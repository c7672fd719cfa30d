// Requests beyond a number are answered 429, at the edge and for all replicas of a service; logs, metrics and a dashboard that has the canary beside the stable version.
import { Chart } from 'cdk8s';
import {
  App,
  ApplicationMetrics,
  CanaryRelease,
  GrafanaDashboard,
  IngressGateway,
  ignoreFinding,
  MeshService,
  Observability,
  Port,
  path,
  RateLimit,
  RateLimitService,
  SecureNamespace,
} from 'cdk8s-mesh';

const app = new App();
const chart = new Chart(app, 'limits-and-metrics', { namespace: 'tickets' });
new SecureNamespace(chart, 'Namespace');

const tickets = new MeshService(chart, 'Tickets', {
  port: Port.http(8080),
  versions: { v1: { image: 'tickets:1', replicas: 3 }, v2: { image: 'tickets:2' } },
  calls: [],
});
new CanaryRelease(chart, 'Canary', { service: tickets, stable: 'v1', canary: 'v2', percent: 10 });
const edge = new IngressGateway(chart, 'Edge', { hosts: ['tickets.example.com'] });
edge.route(path.prefix('/tickets'), tickets);

const atEdge = new RateLimit(chart, 'EdgeLimits', {
  target: edge,
  local: {
    all: { requests: 500, per: 'second' },
    client: { requests: 20, per: 'second', burst: 100, each: 'client' },
  },
});
const perKey = new RateLimit(chart, 'KeyLimits', {
  target: tickets,
  global: {
    service: new RateLimitService(chart, 'RateLimits', {
      image: 'docker.io/envoyproxy/ratelimit:30a4ce1a',
      redis: { image: 'docker.io/redis:7' },
    }),
    limits: { key: { requests: 10_000, per: 'day', each: { header: 'x-api-key' } } },
  },
});
for (const limit of [atEdge, perKey])
  ignoreFinding(limit, {
    rule: 'istio-warning',
    reason: 'Istio limits requests by EnvoyFilter alone; tested before each upgrade',
  });

new Observability(chart, 'Observability', { accessLogs: 'errors', metricTags: { request_method: 'request.method' } });
new ApplicationMetrics(chart, 'TicketsMetrics', { service: tickets, port: 9090 });
new GrafanaDashboard(chart, 'TicketsBoard', { title: 'Tickets', services: [tickets] });

app.synth();
