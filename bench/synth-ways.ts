import * as cdk8s from 'cdk8s';
import type { MeshService as Service } from '../src';

// What the package installs, not the sources: what transpiles those in passing adds work of its own to each call.
const { CanaryRelease, MeshService, Port } = require('../lib/src') as typeof import('../src');
const { emit } = require('../lib/src/synth/emit') as typeof import('../src/synth/emit');

/** The benchmark's app: services of two versions with a canary, each calling the one before. */
export function meshApp(size: number, charts: boolean): cdk8s.App {
  const app = new cdk8s.App();
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

/** The same objects, without any of our constructs. */
function plainApp(size: number, charts: boolean): cdk8s.App {
  const objects = emit(meshApp(size, charts), cdk8s);
  const app = new cdk8s.App();
  for (const [i, f] of objects.entries()) {
    const chart = new cdk8s.Chart(app, `chart-${i}`, { namespace: 'bench' });
    for (const [j, o] of f.objects.entries()) new cdk8s.ApiObject(chart, `o${j}`, o as never);
  }
  return app;
}

/** Measures one way in this process and prints the result as JSON. Time is from the first construct to the last file. */
export function measure(way: string, size: number, charts: boolean): void {
  warmUp();
  const prepared = way === 'plain' || way === 'json' ? emit(meshApp(size, charts), cdk8s).flatMap((f) => f.objects) : [];
  const plain = way === 'plain' ? plainInputs(size, charts) : undefined;
  const start = performance.now();
  let objects = prepared.length;
  let construct = start;
  switch (way) {
    case 'plain': {
      const app = plain!();
      construct = performance.now();
      app.synth();
      break;
    }
    case 'mesh app.synth': {
      const app = meshApp(size, charts);
      construct = performance.now();
      app.synth();
      break;
    }
    case 'mesh synth': {
      const app = meshApp(size, charts);
      construct = performance.now();
      objects = emit(app, cdk8s).reduce((n, f) => n + f.objects.length, 0);
      break;
    }
    default:
      JSON.stringify(prepared);
  }
  const ms = performance.now() - start;
  process.stdout.write(
    `${JSON.stringify({ ms, construct: construct - start, rss: process.resourceUsage().maxRSS / 1024, objects: objects || size * 7 })}\n`,
  );
}

function plainInputs(size: number, charts: boolean): () => cdk8s.App {
  const files = emit(meshApp(size, charts), cdk8s).map((f) => f.objects);
  return () => {
    const app = new cdk8s.App();
    for (const [i, objects] of files.entries()) {
      const chart = new cdk8s.Chart(app, `chart-${i}`, { namespace: 'bench' });
      for (const [j, o] of objects.entries()) new cdk8s.ApiObject(chart, `o${j}`, o as never);
    }
    return app;
  };
}

/** Both ways, small: the compiler of Node has seen the code when it is measured. */
function warmUp(): void {
  emit(meshApp(30, false), cdk8s);
  meshApp(30, false).synth();
  plainApp(30, false).synth();
}
