import { type Difference, diff } from '../../src/diff/diff';
import { subjectText } from '../../src/diff/text';
import { manifestOf } from '../../src/manifests/manifest';
import { MeshModel } from '../../src/model/mesh-model';

export type Obj = Readonly<Record<string, any>>;

const meta = (name: string, namespace = 'shop', more: Obj = {}) => ({ name, namespace, ...more });

export const service = (name: string, ports: readonly Obj[] = [{ name: 'http', port: 80 }], namespace = 'shop'): Obj => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name, namespace),
  spec: { selector: { app: name }, ports },
});
export const deployment = (app: string, version: string, namespace = 'shop', sidecar = true, serviceAccount = app): Obj => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: meta(`${app}-${version}`, namespace),
  spec: {
    template: {
      metadata: { labels: { app, version, ...(sidecar ? {} : { 'sidecar.istio.io/inject': 'false' }) } },
      spec: { serviceAccountName: serviceAccount, containers: [] },
    },
  },
});
export const istio = (kind: string, name: string, spec: Obj, namespace = 'shop'): Obj => ({
  apiVersion: `${/Auth/.test(kind) ? 'security' : 'networking'}.istio.io/v1`,
  kind,
  metadata: meta(name, namespace),
  spec,
});
export const subsets = (host: string, more: Obj = {}): Obj =>
  istio('DestinationRule', host, {
    host,
    subsets: ['v1', 'v2'].map((name) => ({ name, labels: { version: name } })),
    ...more,
  });
export const to = (host: string, subset?: string, weight?: number): Obj => ({
  destination: { host, ...(subset ? { subset } : {}) },
  ...(weight === undefined ? {} : { weight }),
});
export const routes = (host: string, http: readonly Obj[], more: Obj = {}): Obj =>
  istio('VirtualService', host, { hosts: [host], http, ...more });

export const meshOf = (objects: readonly Obj[], file = 'mesh.yaml'): MeshModel =>
  new MeshModel(objects.map((o, i) => manifestOf(o, () => ({ file, line: i + 1, column: 1 }))));

/** `shop/page -> reviews.shop, path /api: v1 -> v2`, one a difference. */
export const lines = (old: readonly Obj[], now: readonly Obj[]): string[] => linesOf(diff(meshOf(old), meshOf(now)));
export const linesOf = (differences: readonly Difference[]): string[] =>
  differences.map((d) => [subjectText(d), d.text].filter(Boolean).join(': '));
