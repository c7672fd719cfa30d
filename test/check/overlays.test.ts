import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../../src/check/check';
import type { Diagnostic } from '../../src/check/diagnostic';
import { parseManifests } from '../../src/manifests/parse';
import { meshConfigBeside } from './support';

const object = (apiVersion: string, kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion, kind, metadata: { name, namespace: 'shop' }, spec });
const found = (ids: readonly string[], ...objects: string[]) =>
  check(parseManifests(objects.join('\n---\n'), 'mesh.yaml')).diagnostics.filter((d) => ids.includes(d.id));
const route = (name: string, timeout: string) =>
  object('networking.istio.io/v1', 'VirtualService', name, {
    hosts: ['web'],
    http: [{ timeout, route: [{ destination: { host: 'web' } }] }],
  });

test.each<[string, string, string, string[]]>([
  ['another object', route('a', '1s'), route('b', '1s'), ['MESH030', 'MESH030']],
  ['the same object, another text', route('a', '1s'), route('a', '2s'), ['MESH164']],
  ['the same twice', route('a', '1s'), route('a', '1s'), []],
])('%s', (_, a, b, ids) => {
  expect(found(['MESH030', 'MESH164'], a, b).map((d) => d.id)).toEqual(ids);
});

const service = object('v1', 'Service', 'web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] });
const pods = (ports: object[] | undefined) =>
  object('apps/v1', 'Deployment', 'web', {
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'a:1', ports }] } },
  });
const levels = (port: number) =>
  object('security.istio.io/v1', 'PeerAuthentication', 'web', {
    selector: { matchLabels: { app: 'web' } },
    portLevelMtls: { [port]: { mode: 'DISABLE' } },
  });
const declared = [{ name: 'http', containerPort: 8080 }];

test.each<[string, string[], string[]]>([
  ["a Service's port", [service, pods(declared), levels(80)], ['write 8080, which the Service leads to']],
  ["the pods' port", [service, pods(declared), levels(8080)], []],
  ['no port of anything', [service, pods(declared), levels(9999)], ['there is only "8080"']],
  ["the proxy's own", [service, pods(declared), levels(15020)], []],
  ['pods that declare none', [pods(undefined), levels(80)], []],
])('a policy of a port: %s', (_, objects, hints) => {
  expect(found(['MESH166'], ...objects).map((d) => d.hint)).toEqual(hints);
});

const RULES = join(__dirname, 'rules');

test.each(readdirSync(RULES))('what is right once is right in two overlays: %s', (rule) => {
  const yaml = readFileSync(join(RULES, rule, 'good.yaml'), 'utf8');
  const other = yaml.replace(/^(\s*)metadata: \{ /gm, '$1metadata: { annotations: { example.com/overlay: b }, ');
  const options = { now: new Date('2026-12-01'), ...meshConfigBeside(join(RULES, rule)) };
  const of = (text: string) => check(parseManifests(text, 'mesh.yaml'), options).diagnostics.filter((d) => d.id !== 'MESH164');
  const text = (d: Diagnostic) => `${d.id} ${d.resource?.kind} ${d.resource?.name} ${d.field} ${d.message}`;
  const once = new Set(of(yaml).map(text));
  for (const copy of [yaml, other])
    expect(
      of(`${yaml}\n---\n${copy}`)
        .map(text)
        .filter((t) => !once.has(t)),
    ).toEqual([]);
});
