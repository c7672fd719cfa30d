import * as cdk8s from 'cdk8s';
import type { MeshService as Service } from '../../src';
import { manyServices } from '../trace/meshes';

// What the package installs, not the sources: see bench/synth-ways.ts.
const { CanaryRelease, IngressGateway, MeshService, path, Port, SecureNamespace } =
  require('../../lib/src') as typeof import('../../src');
const { emit } = require('../../lib/src/synth/emit') as typeof import('../../src/synth/emit');

/** Services of a namespace. */
const TEAM = 20;
/** Services whose share of the new version differs. */
const CHANGED = 3;

type Object = Readonly<Record<string, unknown>>;

/** An app of our constructs: two versions and a canary a service, which calls three others, and a gateway for each team. */
export function teams(services: number, changed: boolean): Object[] {
  const app = new cdk8s.App();
  const all: Service<'v1' | 'v2', 'http'>[] = [];
  for (let i = 0; i < services; i++) {
    const team = Math.floor(i / TEAM);
    const first = i % TEAM === 0;
    const chart = first
      ? new cdk8s.Chart(app, `team${team}`, { namespace: `team${team}` })
      : (app.node.findChild(`team${team}`) as cdk8s.Chart);
    if (first) new SecureNamespace(chart, 'Namespace');
    const calls = [1, 7, 31].flatMap((back) => all[i - back] ?? []);
    const versions = { v1: { image: 'example/a:1' }, v2: { image: 'example/a:2' } };
    const service = new MeshService(chart, `Service${i}`, { name: `svc-${i}`, port: Port.http(8080), versions, calls });
    const percent = changed && i % Math.ceil(services / CHANGED) === 1 ? 25 : 10;
    new CanaryRelease(chart, `Canary${i}`, { service, stable: 'v1', canary: 'v2', percent });
    if (first) new IngressGateway(chart, 'Edge', { hosts: [`team${team}.example.com`] }).route(path.prefix('/'), service);
    all.push(service);
  }
  return emit(app, cdk8s, { write: false }).flatMap((f) => f.objects as unknown as Object[]);
}

/** YAML that was written by hand: every client sees every service. */
export function flat(services: number, changed: boolean): string {
  const text = manyServices(services);
  return changed ? text.replace('prefix: /a/', 'prefix: /b/') : text;
}
