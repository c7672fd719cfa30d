import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { JsonPatch, Lazy, Testing } from 'cdk8s';
import { argoproj, extensions, flagger, networking, security, telemetry } from '../../imports';

const dir = join(__dirname, '..', '..', 'imports');
const groups = { extensions, networking, security, telemetry };
const kindsOf = (of: object) =>
  Object.values(of).flatMap((g) => Object.entries(g).filter(([, v]) => typeof v === 'function' && 'GVK' in v)) as [
    string,
    { GVK: { apiVersion: string }; new (...args: any[]): any },
  ][];
const kinds = kindsOf(groups);
const controllers = kindsOf({ argoproj, flagger });

test('every kind of Istio 1.31 is there, in its newest served version', () => {
  expect(Object.fromEntries(kinds.map(([name, c]) => [name, c.GVK.apiVersion]).sort())).toEqual({
    AuthorizationPolicy: 'security.istio.io/v1',
    DestinationRule: 'networking.istio.io/v1',
    EnvoyFilter: 'networking.istio.io/v1alpha3',
    Gateway: 'networking.istio.io/v1',
    PeerAuthentication: 'security.istio.io/v1',
    ProxyConfig: 'networking.istio.io/v1beta1',
    RequestAuthentication: 'security.istio.io/v1',
    ServiceEntry: 'networking.istio.io/v1',
    Sidecar: 'networking.istio.io/v1',
    Telemetry: 'telemetry.istio.io/v1',
    TrafficExtension: 'extensions.istio.io/v1alpha1',
    VirtualService: 'networking.istio.io/v1',
    WasmPlugin: 'extensions.istio.io/v1alpha1',
    WorkloadEntry: 'networking.istio.io/v1',
    WorkloadGroup: 'networking.istio.io/v1',
  });
});

test('of the controllers of releases the kinds that we write are there', () => {
  expect(controllers.map(([name, c]) => [name, c.GVK.apiVersion])).toEqual([
    ['AnalysisTemplate', 'argoproj.io/v1alpha1'],
    ['Rollout', 'argoproj.io/v1alpha1'],
    ['Canary', 'flagger.app/v1beta1'],
  ]);
});

test.each([...kinds, ...controllers])(
  '%s: fields that the types do not know reach the YAML, by patch, override or spec',
  (_, Kind) => {
    const chart = Testing.chart();
    const o = new Kind(chart, 'x', {
      metadata: { name: 'x' },
      spec: Lazy.any({ produce: () => ({ fromSpec: 1, list: [{ a: 1 }], shorter: [1, 2] }) }),
    });
    o.addJsonPatch(JsonPatch.add('/spec/fromPatch', { deep: true }));
    o.addOverride('spec.from\\.override.deep', 2);
    o.addOverride('spec.list.0.b', 3);
    o.addOverride('spec.list.0.a', undefined);
    o.addOverride('spec.made.0.c', 4);
    o.addOverride('spec.shorter.0', undefined);
    expect(Testing.synth(chart)[0]).toEqual({
      ...Kind.GVK,
      metadata: { name: 'x' },
      spec: {
        fromSpec: 1,
        fromPatch: { deep: true },
        'from.override': { deep: 2 },
        list: [{ b: 3 }],
        made: [{ c: 4 }],
        shorter: [2],
      },
    });
  },
);

test('upstream descriptions are stripped, and each kind links to its reference', () => {
  for (const file of readdirSync(dir).filter((f) => f.endsWith('.istio.io.ts'))) {
    const text = readFileSync(join(dir, file), 'utf8');
    const comments = text.match(/\/\*\*[\s\S]*?\*\//g) ?? [];
    const classes = text.match(/^export class /gm) ?? [];
    expect(comments.length).toBe(classes.length * 2); // one for the class, one for its props
    expect(text.match(/@see https:\/\/istio\.io\/latest\/docs\/reference\/config\//g)).toHaveLength(classes.length);
  }
});

test('the types are small', () => {
  const bytes = (files: readonly string[]) => files.reduce((n, f) => n + statSync(join(dir, f)).size, 0);
  const apart = ['shapes.ts', 'envoy-types.ts', 'argoproj.io.ts', 'flagger.app.ts'];
  expect(bytes(readdirSync(dir).filter((f) => !apart.includes(f)))).toBeLessThan(64_000);
  expect(bytes(['argoproj.io.ts', 'flagger.app.ts'])).toBeLessThan(32_000);
  expect(bytes(['shapes.ts'])).toBeLessThan(40_000);
  expect(bytes(['envoy-types.ts'])).toBeLessThan(270_000);
});
