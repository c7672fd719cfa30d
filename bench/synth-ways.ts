import { readFileSync, writeFileSync } from 'node:fs';
import * as cdk8s from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { MeshService as Service } from '../src';

// What the package installs, not the sources: what transpiles those in passing adds work of its own to each call.
const { App, CanaryRelease, MeshService, Port } = require('../lib/src') as typeof import('../src');
const { emit } = require('../lib/src/synth/emit') as typeof import('../src/synth/emit');

const CDK8S = "cdk8s' App";
const OURS = 'our App';

/** The benchmark's app: services of two versions with a canary, each calling the one before. */
export function meshApp(size: number, charts: boolean, app = new cdk8s.App()): cdk8s.App {
  const one = charts ? undefined : new cdk8s.Chart(app, 'all', { namespace: 'bench' });
  let previous: Service<'v1' | 'v2', 'http'> | undefined;
  for (let i = 0; i < size; i++) {
    const chart = one ?? new cdk8s.Chart(app, `chart-${i}`, { namespace: 'bench' });
    const service: Service<'v1' | 'v2', 'http'> = new MeshService(chart, `Service${i}`, {
      name: `svc-${i}`,
      port: Port.http(8080),
      versions: { v1: { image: 'example/a:1' }, v2: { image: 'example/a:2' } },
      calls: previous ? [previous] : [],
    });
    new CanaryRelease(chart, `Canary${i}`, { service, stable: 'v1', canary: 'v2', percent: 10 });
    previous = service;
  }
  return app;
}

/** Writes the objects that our constructs make, by chart, for those who make the same without them. */
export function prepare(size: number, charts: boolean, file: string): void {
  writeFileSync(file, JSON.stringify(objectsOf(size, charts)));
}

/**
 * Measures one way in this process and prints the result as JSON. Time is from the first construct to the last file. What
 * the ways without our constructs make is read from a file, so that no way finds the process warmer than another does.
 */
export function measure(way: string, size: number, charts: boolean, prepared: string): void {
  warmUp();
  const read = (): Manifest[][] => JSON.parse(readFileSync(prepared, 'utf8'));
  const files = way === CDK8S || way === OURS ? [] : read();
  const objects = files.flat();
  const start = performance.now();
  switch (way) {
    case 'plain':
      plainApp(files).synth();
      break;
    case 'cdk8s-plus':
      plusApp(files).synth();
      break;
    case CDK8S:
      meshApp(size, charts).synth();
      break;
    case OURS:
      meshApp(size, charts, new App()).synth();
      break;
    default:
      JSON.stringify(objects);
  }
  const ms = performance.now() - start;
  process.stdout.write(`${JSON.stringify({ ms, rss: process.resourceUsage().maxRSS / 1024, objects: read().flat().length })}\n`);
}

/** By chart, the objects that our constructs make. */
const objectsOf = (size: number, charts: boolean): Manifest[][] =>
  emit(meshApp(size, charts), cdk8s).map((f) => f.objects as unknown as Manifest[]);

interface Manifest extends cdk8s.ApiObjectProps {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
}

/** The same objects, each as an `ApiObject`. */
function plainApp(files: readonly (readonly Manifest[])[]): cdk8s.App {
  const app = new cdk8s.App();
  for (const [i, objects] of files.entries()) {
    const chart = new cdk8s.Chart(app, `chart-${i}`, { namespace: 'bench' });
    for (const [j, o] of objects.entries()) new cdk8s.ApiObject(chart, `o${j}`, o);
  }
  return app;
}

/** The same objects, those of Kubernetes made with cdk8s-plus as anyone would: what its classes cost without ours. */
function plusApp(files: readonly (readonly Manifest[])[]): cdk8s.App {
  const app = new cdk8s.App();
  for (const [i, objects] of files.entries()) {
    const chart = new cdk8s.Chart(app, `chart-${i}`, { namespace: 'bench' });
    let serviceAccount: kplus.ServiceAccount | undefined;
    for (const [j, o] of objects.entries()) {
      const { name, labels } = o.metadata;
      const metadata = { name, labels };
      if (o.kind === 'ServiceAccount') serviceAccount = new kplus.ServiceAccount(chart, `o${j}`, { metadata });
      else if (o.kind === 'Service')
        new kplus.Service(chart, `o${j}`, { metadata, ports: [{ port: 8080, name: 'http', targetPort: 8080 }] });
      else if (o.kind === 'Deployment')
        new kplus.Deployment(chart, `o${j}`, {
          metadata,
          podMetadata: { labels },
          select: false,
          serviceAccount: serviceAccount as kplus.IServiceAccount,
          securityContext: { ensureNonRoot: false },
          containers: [{ name, image: 'example/a:1', resources: {}, ports: [{ number: 8080, name: 'http' }] }],
        });
      else new cdk8s.ApiObject(chart, `o${j}`, o);
    }
  }
  return app;
}

/** All ways, small: the compiler of Node has seen the code when it is measured. */
function warmUp(): void {
  const files = objectsOf(30, false);
  meshApp(30, false).synth();
  meshApp(30, false, new App()).synth();
  plainApp(files).synth();
  plusApp(files).synth();
}
