import { App, Chart, Yaml } from 'cdk8s';
import { MeshService, Port } from '../../src';
import type { Request } from '../../src/routing/request';
import { firstRoute } from '../routing/istio-routes';

/** An app with one chart in namespace `shop`. */
export function newChart(namespace = 'shop'): Chart {
  return new Chart(new App(), 'chart', { namespace });
}

const image = { image: 'x:1' };

/** A service of two versions that calls nothing; `v2` has an identity of its own. */
export const service = (c: Chart, id: string, o: object = {}) =>
  new MeshService(c, id, {
    port: Port.http(80),
    versions: { v1: image, v2: { ...image, serviceAccount: 'own' } },
    defaultVersion: 'v1',
    calls: [],
    ...o,
  });

/** The objects of the kinds, as a reviewer sees them; all when none is named. */
export const yamlOf = (chart: Chart, ...kinds: string[]): string =>
  Yaml.stringify(...chart.toJson().filter((o: any) => kinds.length === 0 || kinds.includes(o.kind)));

/** One object. */
export function object(chart: Chart, kind: string, name: string): any {
  const found = chart.toJson().find((o: any) => o.kind === kind && o.metadata.name === name);
  if (!found) throw new Error(`no ${kind} "${name}" among ${chart.toJson().map((o: any) => `${o.kind}/${o.metadata.name}`)}`);
  return found;
}

interface Asked {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  port?: number;
  query?: Record<string, string>;
  labels?: Record<string, string>;
  namespace?: string;
}

/** The VirtualService's route that takes a request; none: `undefined`. */
export function routeOf(chart: Chart, virtualService: string, r: Asked = {}): any {
  const request: Request = {
    path: r.path ?? '/',
    method: r.method ?? 'GET',
    scheme: 'http',
    authority: 'x',
    port: r.port ?? 80,
    headers: Object.fromEntries(Object.entries(r.headers ?? {}).map(([k, v]) => [k, [v]])),
    query: r.query ?? {},
    source: { labels: r.labels ?? {}, namespace: r.namespace ?? 'shop' },
  };
  return firstRoute(object(chart, 'VirtualService', virtualService).spec.http, request)?.route;
}

/** The VirtualService's route that takes a request, and where it leads: `v2`, `90 v1, 10 v2`, `host`, `404`, `abort 500` … */
export function goes(chart: Chart, virtualService: string, r: Asked = {}): string {
  const found = routeOf(chart, virtualService, r);
  if (!found) return '404';
  if (found.redirect) return `redirect ${found.redirect.uri ?? found.redirect.authority}`;
  if (found.directResponse) return `answer ${found.directResponse.status}`;
  const fault = `${found.fault?.delay ? `delay ${found.fault.delay.fixedDelay} ` : ''}${found.fault?.abort ? `abort ${found.fault.abort.httpStatus ?? found.fault.abort.grpcStatus} ` : ''}`;
  const to = found.route
    .map((d: any) => `${d.weight === undefined ? '' : `${d.weight} `}${d.destination.subset ?? d.destination.host.split('.')[0]}`)
    .join(', ');
  return fault + to;
}
