import { Chart } from 'cdk8s';
import * as m from '../../../src';
import { image, outside, refuses, solo } from './support';

const observe = (o: object) => (c: any) => new m.Observability(c, 'O', o as any);
const metrics =
  (o: object, of: any = solo) =>
  (c: any) =>
    new m.ApplicationMetrics(c, 'M', { service: of(c), port: 9090, ...o } as any);
const board = (o: object) => (c: any) => {
  solo(c);
  new m.GrafanaDashboard(c, 'D', o as any);
};
const traced = (o: object) => observe({ tracing: { sampling: 1, provider: 'envoy', ...o } });
const secured =
  (o: object, props: object = {}) =>
  (c: any) => {
    new m.SecureNamespace(c, 'N', props);
    metrics(o)(c);
  };

refuses([
  ['nothing', observe({}), /"chart\/O" says nothing: give it accessLogs, tracing or metricTags/],
  ['a misspelt property', observe({ accessLog: 'all' }), /"chart\/O" has no property "accessLog".*accessLogs/],
  ['a scope that is none', observe({ scope: 'cluster', accessLogs: 'all' }), /scope of "chart\/O" is "cluster"/],
  ['logs that are none', observe({ accessLogs: 'some' }), /accessLogs of "chart\/O" is "some": it has to be 'off', 'errors'/],
  ['a misspelt filter', observe({ accessLogs: { filters: 'a' } }), /accessLogs of "chart\/O" has no property "filters".*filter/],
  ['an empty filter', observe({ accessLogs: { filter: '' } }), /filter in accessLogs of "chart\/O"/],
  [
    'a provider that nobody has',
    observe({ accessLogs: { provider: 'otel' } }),
    /provider in accessLogs of "chart\/O" is "otel", which MeshConfig does not have.*"envoy".*extensionProviders/,
  ],
  ['tracing that is none', observe({ tracing: 'on' }), /tracing of "chart\/O" is "on"/],
  [
    'tracing without sampling',
    observe({ tracing: { provider: 'envoy' } }),
    /tracing of "chart\/O" lacks its property "sampling"/,
  ],
  ['sampling above all', traced({ sampling: 101 }), /sampling in tracing of "chart\/O" is 101/],
  ['spans for nobody', traced({ provider: 'zipkin' }), /provider in tracing of "chart\/O" is "zipkin"/],
  ['a tag of nothing', traced({ tags: { a: {} } }), /tag "a" of tracing of "chart\/O" is .*\{ literal \}, \{ header \}/],
  ['a tag of two things', traced({ tags: { a: { literal: 'a', header: 'b' } } }), /tag "a" of tracing/],
  [
    'a tag of what is not known',
    traced({ tags: { a: { cookie: 'a' } } }),
    /the source of tag "a" of tracing of "chart\/O" is "cookie"/,
  ],
  ['a tag that is text', traced({ tags: { a: 'b' } }), /tag "a" of tracing of "chart\/O" is "b"/],
  ['no labels', observe({ metricTags: {} }), /metricTags of "chart\/O" are empty/],
  [
    'a label that is none',
    observe({ metricTags: { 'a-b': 'request.host' } }),
    /metricTags of "chart\/O" have "a-b", which is no label/,
  ],
  ['a label without a value', observe({ metricTags: { a: '' } }), /"a" in metricTags of "chart\/O"/],
  [
    'the same twice',
    (c: any) => {
      new m.Observability(c, 'O', { accessLogs: 'all' });
      new m.Observability(c, 'P', { accessLogs: 'all' });
    },
    /"chart\/P" says accessLogs of namespace "shop", which "chart\/O" says already/,
  ],
  [
    'a namespace that is the mesh',
    (_c: any, app: any) => new m.Observability(new Chart(app, 'root', { namespace: 'istio-system' }), 'O', { accessLogs: 'all' }),
    /"root\/O" is in the root namespace of the mesh.*say scope: 'mesh'/,
  ],
  [
    'a service of somebody else',
    metrics({}, outside({ host: 'a.com', port: m.Port.http(80) })),
    /the service of "chart\/M" is .*MeshService/,
  ],
  ['a port that is none', metrics({ port: 0 }), /port of "chart\/M" is 0/],
  ["the proxy's port", metrics({ port: 15020 }), /port 15020 of "chart\/M" is one that the proxy itself needs/],
  ['a path that is none', metrics({ path: 'metrics' }), /path of "chart\/M" is "metrics": it has to begin with "\/"/],
  ['from where', metrics({ from: 'sidecar' }), /from of "chart\/M" is "sidecar"/],
  ['a PodMonitor without labels', metrics({ podMonitor: {} }), /podMonitor of "chart\/M" lacks its property "labels"/],
  ['a label of a PodMonitor', metrics({ podMonitor: { labels: { a: 'b c' } } }), /labels in podMonitor of "chart\/M"/],
  [
    'metrics twice',
    (c: any) => {
      const service = solo(c);
      for (const id of ['M', 'O']) new m.ApplicationMetrics(c, id, { service, port: 9090 });
    },
    /the service of "chart\/O" has "chart\/M" already/,
  ],
  [
    'annotations of the user',
    metrics({}, (c: any) => solo(c, { versions: { v1: { ...image, podAnnotations: { 'prometheus.io/port': '1' } } } })),
    /pods of version "v1" of service "solo" have "prometheus\.io\/port" already/,
  ],
  ["the application's port under STRICT", secured({ from: 'application' }), /takes mutual TLS alone.*leave from out.*15020/],
  [
    "the application's port, where strangers are refused",
    secured({ from: 'application' }, { mtls: 'PERMISSIVE' }),
    /asked for at its own port 9090, in namespace "shop", which denies callers that nobody allowed/,
  ],
  ['no services', (c: any) => new m.GrafanaDashboard(c, 'D'), /"chart\/D" has no service to show/],
  ['an empty list of services', board({ services: [] }), /services of "chart\/D" is empty/],
  ['a service that is a name', board({ services: ['web'] }), /one of the services of "chart\/D" is "web"/],
  [
    'a service twice',
    (c: any) => {
      const s = solo(c);
      new m.GrafanaDashboard(c, 'D', { services: [s, s] });
    },
    /services of "chart\/D" have "shop\/solo" twice/,
  ],
  ['a name that is too long', board({ name: 'a'.repeat(41) }), /has 41 characters: Grafana takes 40/],
  ['a misspelt property of a dashboard', board({ service: [] }), /"chart\/D" has no property "service".*services/],
]);
