import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { check } from '../../src/check/check';
import type { Diagnostic } from '../../src/check/diagnostic';
import { RULES } from '../../src/check/rules';
import { readManifests } from '../../src/manifests/files';
import { fieldText } from '../../src/manifests/manifest';
import { parseManifests } from '../../src/manifests/parse';
import { MeshModel } from '../../src/model/mesh-model';
import { type BatchCase, outcomesOf } from '../../src/trace/batch';
import { findClient, proxyOf } from '../../src/trace/client';
import { type Trace, trace } from '../../src/trace/flow';
import type { Outcome } from '../../src/trace/outcome';
import { headerLines, helloTo, requestTo } from '../../src/trace/request';
import { refused } from '../../src/validation/validate';

// What a rule says happens to requests, the trace says too: of the bad example, and no more of the good one.
const FOLDER = join(__dirname, 'rules');
const REVIEWS = 'reviews.shop.svc.cluster.local';

interface Asked {
  readonly from: string;
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
}

function traced(rule: string, file: string, asked: Asked): Trace {
  const { manifests } = readManifests([file], join(FOLDER, rule));
  const model = new MeshModel(manifests.filter((m) => refused(m) === undefined));
  const { from, host = REVIEWS, port = 80, headers = {}, tls, ...rest } = asked;
  return trace(
    model,
    findClient(model, from),
    requestTo(host, port, { ...rest, headers: headerLines(headers), ...(tls ? helloTo(host) : {}) }),
  );
}

/** How it ends: `200 v1 /path`, `503 NC`; what is not about requests by its name. */
function ending(t: Trace): string {
  const [first] = t.endings;
  if (t.outbound?.action === 'l4') return `l4 ${first?.reason ? 'closed' : 'open'}`;
  const path = t.outbound?.destinations?.[0]?.path;
  const changed = path !== undefined && path !== t.request.path ? path : undefined;
  const action = t.outbound && t.outbound.action !== 'route' ? t.outbound.action : undefined;
  const shares = t.endings.map((e) => e.subset).filter(Boolean);
  return [action, first?.status, first?.flags, shares.join('+'), changed].filter((x) => x !== undefined && x !== '').join(' ');
}

const edge = { from: 'gateway:istio-ingress/edge', host: 'shop.example.com' };
const own = { from: 'shop/reviews-v1' };

test.each<[rule: string, asked: Asked, bad: string, good: string]>([
  ['shadowed-rule', { ...own, path: '/api/users', headers: { 'x-tenant': 'acme', 'x-beta': 'true' } }, '200 v1', '200 v2'],
  ['impossible-match', { ...own, path: '/search?lang=en' }, '200', '200 /?lang=en'],
  ['impossible-match', { ...own, path: '/api/x' }, '200', '200 /x'],
  ['order-depends-on-age', { ...edge, path: '/api/beta' }, '200 v1', '200 v1'],
  ['sources-beside-gateways', { ...own, path: '/beta' }, '200 v2', '200 v1'],
  ['gateway-host-not-served', { ...edge, host: 'apis.example.com' }, 'noVirtualHost 404 NR', 'noVirtualHost 404 NR'],
  ['gateway-host-not-served', { ...edge, host: 'api.example.com' }, 'noVirtualHost 404 NR', '200'],
  ['gateway-host-without-routes', { ...edge, host: 'api.example.com' }, 'noVirtualHost 404 NR', '200'],
  ['match-gateway-not-bound', { ...edge, path: '/beta' }, '200 v1', '200 v2'],
  ['routes-not-for-server', { ...edge, port: 443, tls: true }, 'noListener', '200'],
  ['server-left-out', { ...edge, port: 5432 }, 'noListener', 'noListener'],
  ['subset-not-visible', { from: 'web/web-v1' }, '503 NC', '200 v2'],
  ['subset-not-visible', own, '200 v2', '200 v2'],
  ['destination-rules-not-merged', own, '200', '200'],
  ['no-default-rule', own, 'noRoute 404 NR', '200 v1'],
  ['no-default-rule', { ...own, headers: { 'end-user': 'jason' } }, '200 v2', '200 v2'],
  ['tls-mode-not-taken', own, '503 UC', '200'],
  ['routes-outside-sidecar-scope', { from: 'web/web-v1' }, '200', '200 v2'],
  ['destination-not-visible', { from: 'web/web-v1', headers: { 'x-next': 'true' } }, '503 NC', '200'],
  ['route-host-not-in-registry', own, '200', '200 v2'],
  ['delegate-left-out', { ...edge, path: '/reviews/beta' }, 'noRoute 404 NR', '200 v2'],
  ['delegate-match-contradicts', { ...edge, path: '/reviews/beta' }, '200 v1', '200 v2'],
  ['delegate-match-contradicts', { ...edge, path: '/beta' }, 'noRoute 404 NR', 'noRoute 404 NR'],
  ['fault-without-percentage', own, '200', '200'],
  ['rewrite-slash', { ...own, path: '/api/users' }, '200 //users', '200 /users'],
  ['redirect-code-refused', own, 'nack', '200'],
  ['list-header-regex', { ...own, headers: { baggage: 'env=dev10' } }, '200 v2', '200 v1'],
  ['list-header-regex', { ...own, headers: { baggage: 'a=b,env=dev1' } }, '200 v2', '200 v2'],
  ['regex-without-wildcards', { ...own, path: '/api/users' }, '200 v1', '200 v2'],
  ['sources-without-fallback', own, '200', '200 v1'],
  ['weight-missing', own, '200 v1', '200 v1+v2'],
  ['rules-not-for-port', own, 'l4 open', '200 v2'],
  ['match-port-not-served', { ...own, path: '/beta' }, '200 v1', '200 v2'],
  ['authorization-nobody-left', own, '403 RBAC', '403 RBAC'],
  ['authorization-http-on-tcp', { from: 'web/web-v1' }, 'l4 closed', '200'],
  ['deny-host-without-port', { ...edge, host: 'shop.example.com:80' }, '200', '403 RBAC'],
  ['deny-host-without-port', edge, '403 RBAC', '403 RBAC'],
  ['rule-cut-by-path', { ...own, path: '/api/x', headers: { 'x-beta': 'true' } }, '200 v1', '200 v2'],
  ['authorization-shuts-out-gateway', edge, '403 RBAC', '200'],
])('%s: %j ends with %s, and with %s after the edit', (rule, asked, bad, good) => {
  expect([ending(traced(rule, 'bad.yaml', asked)), ending(traced(rule, 'good.yaml', asked))]).toEqual([bad, good]);
});

test('a fault without a percentage delays nobody', () => {
  const delay = (file: string) => traced('fault-without-percentage', file, own).outbound?.fault?.delay?.percent;
  expect([delay('bad.yaml'), delay('good.yaml')]).toEqual([0, 10]);
});

test('a DestinationRule that nobody obeys counts for no cluster', () => {
  const rule = (file: string) => {
    const model = new MeshModel(readManifests([file], join(FOLDER, 'destination-rule-nobody-obeys')).manifests);
    return proxyOf(model, findClient(model, own.from)).cluster(`outbound|80||${REVIEWS}`)?.rule?.from[0]?.name;
  };
  expect([rule('bad.yaml'), rule('good.yaml')]).toEqual([undefined, 'reviews']);
});

/** Rules whose findings are places that decide about no request. */
const NEVER = [
  'shadowed-rule',
  'impossible-match',
  'match-gateway-not-bound',
  'match-port-not-served',
  'delegate-left-out',
  'delegate-match-contradicts',
];

const recorded = (name: string): BatchCase[] =>
  gunzipSync(readFileSync(join(__dirname, '..', 'trace', 'recorded', `${name}.jsonl.gz`)))
    .toString()
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l));

const decidedBy = (o: Outcome) => [...o.steps].reverse().find((s) => s.by && s.text.endsWith('takes it'))?.by;

function decides({ resource, field }: Diagnostic, o: Outcome): boolean {
  const by = decidedBy(o);
  if (!by || resource?.kind !== by.manifest.kind || resource.name !== by.manifest.name) return false;
  if (resource.namespace !== by.manifest.namespace) return false;
  const [place] = /^spec\.\w+\[\d+\](\.match\[\d+\])?/.exec(field!) ?? [field!];
  return `${fieldText(by.path)}.`.startsWith(`${place}.`);
}

test.each(['handmade', 'random-1'])('%s: no request is decided by what is found never to decide', (name) => {
  let found = 0;
  const wrong: string[] = [];
  const rules = RULES.filter((r) => NEVER.includes(r.name));
  for (const c of recorded(name).slice(0, 120)) {
    const options = c.meshConfig ? { meshConfig: parse(c.meshConfig) } : {};
    const dead = check(parseManifests(c.mesh, c.id), { ...options, rules }).diagnostics;
    found += dead.length;
    if (dead.length > 0)
      for (const o of outcomesOf(c).outcomes) for (const d of dead) if (decides(d, o)) wrong.push(`${c.id} ${d.rule} ${d.field}`);
  }
  expect(found).toBeGreaterThan(10);
  expect(wrong).toEqual([]);
});
