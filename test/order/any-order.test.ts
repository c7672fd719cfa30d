import { keyOf } from '../../src/manifests/key-of';
import type { Manifest } from '../../src/manifests/manifest';
import { inAnyOrder } from '../../src/order/any-order';
import { podFacts } from '../../src/order/facts/pods-behind';
import { orderOf, phasesOf } from '../../src/order/phases';
import { Dice } from '../real/trace/dice';
import { dep, dr, fqdn, net, plain, sec, svc, to } from './objects';
import { randomRelease } from './random-release';
import { manifest } from './support';

/** More with ORDER_PAIRS=500. */
const PAIRS = Number(process.env.ORDER_PAIRS ?? 25);
const DOMAIN = 'cluster.local';

const treated = (m: Manifest, dice: Dice): Manifest => {
  if (m.kind === 'ConfigMap' || m.kind === 'Secret')
    return { ...m, object: { ...m.object, data: { a: String(dice.int(0, 9)) } } };
  if (m.kind !== 'VirtualService' || !m.object.spec.http || dice.int(0, 3) === 0) return m;
  const http = m.object.spec.http.map((rule: any) => ({
    ...rule,
    ...(dice.int(0, 1) ? { timeout: `${dice.int(1, 9)}s` } : {}),
    ...(dice.int(0, 1) ? { retries: { attempts: dice.int(0, 3) } } : {}),
    ...(dice.int(0, 1) ? { fault: { abort: { httpStatus: 500, percentage: { value: dice.int(1, 99) } } } } : {}),
    ...(dice.int(0, 1) ? { corsPolicy: { allowMethods: ['GET'] } } : {}),
    ...(rule.route ? { route: rule.route.map((r: any) => ({ ...r, weight: dice.int(0, 100) })) } : {}),
  }));
  return { ...m, object: { ...m.object, spec: { ...m.object.spec, http } } };
};

test.each([false, true])(
  'changes for which no order is looked for are those that the order does not tell apart (%s)',
  (isGuarded) => {
    let quick = 0;
    for (let seed = 1; seed <= PAIRS; seed++) {
      const dice = new Dice(seed);
      const { live } = randomRelease(seed, isGuarded);
      const desired = live.map((m) => treated(m, dice));
      if (inAnyOrder({ live, desired }) === undefined) continue;
      quick++;
      const pods = podFacts([...live, ...desired], DOMAIN);
      const [made, whole] = [phasesOf, orderOf].map((of) => of({ live, desired }, DOMAIN, pods));
      expect({ seed, phases: made!.phases, knots: made!.knots }).toEqual({ seed, phases: whole!.phases, knots: whole!.knots });
      for (const m of live) expect(made!.references(m, keyOf(m))).toEqual(whole!.references(m, keyOf(m)));
    }
    expect(quick).toBeGreaterThan(PAIRS / 3);
  },
);

const web = (http: readonly object[], more = {}) => net('VirtualService', 'web', { hosts: [fqdn('web')], http, ...more });
const BASE = [svc('web'), dep('web-v1'), dep('web-v2'), dr('web', { v1: 'v1', v2: 'v2' })];
const first = web([{ timeout: '5s', route: [to('web/v1', 90), to('web/v2', 10)] }]);
const writes = (from: Manifest, desired: Manifest, live: readonly Manifest[] = BASE) =>
  inAnyOrder({ live: [...live, from], desired: [...live, desired] })?.map((w) => w.key);

test('an order is looked for where what others rely on changes, too', () => {
  const key = 'networking.istio.io/VirtualService a/web';
  expect(writes(first, web([{ timeout: '6s', route: [to('web/v1', 50), to('web/v2', 50)] }]))).toEqual([key]);
  expect(writes(first, web([{ timeout: '5s', route: [to('web/v1', 90), to('web/v2', 10)] }]))).toEqual([]);
  for (const other of [
    web([{ timeout: '5s', route: [to('web/v2', 90), to('web/v1', 10)] }]),
    web([{ timeout: '5s', route: [to('web/v1')] }]),
    web([{ timeout: '5s', rewrite: { uri: '/' }, route: [to('web/v1', 90), to('web/v2', 10)] }]),
    web([{ timeout: '5s', headers: { request: { set: { a: 'b' } } }, route: [to('web/v1', 90), to('web/v2', 10)] }]),
    web([{ timeout: '5s', mirror: { host: fqdn('other') }, route: [to('web/v1', 90), to('web/v2', 10)] }]),
    web([{ timeout: '5s', match: [{ uri: { prefix: '/a' } }], route: [to('web/v1', 90), to('web/v2', 10)] }]),
    web([{ timeout: '5s', route: [to('web/v1', 90), to('web/v2', 10)] }], { exportTo: ['.'] }),
    web([{ timeout: '5s', route: [to('web/v1', 90), to('web/v2', 10)] }], { gateways: ['edge'] }),
  ])
    expect(writes(first, other)).toBeUndefined();
});

test('what comes, goes, delegates, or is no route needs an order; so does a workload that comes up', () => {
  const second = web([{ timeout: '6s', route: [to('web/v1', 90), to('web/v2', 10)] }]);
  expect(inAnyOrder({ live: BASE, desired: [...BASE, first] })).toBeUndefined();
  expect(inAnyOrder({ live: [...BASE, first], desired: BASE })).toBeUndefined();
  expect(
    writes(sec('AuthorizationPolicy', 'p', { rules: [] }), sec('AuthorizationPolicy', 'p', { rules: [{}] })),
  ).toBeUndefined();
  expect(writes(dr('b', {}), dr('b', {}, { trafficPolicy: { tls: { mode: 'DISABLE' } } }))).toBeUndefined();
  const delegating = (timeout: string) => web([{ timeout, delegate: { name: 'd' } }]);
  expect(writes(delegating('1s'), delegating('2s'))).toBeUndefined();
  const delegate = (timeout: string) => web([{ timeout, route: [to('web/v1')] }], { hosts: [] });
  expect(writes(delegate('1s'), delegate('2s'))).toBeUndefined();
  const up = dep('web-v3');
  const rising: Manifest = { ...up, object: { ...up.object, status: { replicas: 1, updatedReplicas: 0 } } };
  expect(writes(first, second, [...BASE, rising])).toBeUndefined();
  expect(writes(plain('ConfigMap', 'c'), manifest('v1', 'ConfigMap', 'c', { a: 1 }, 'a'))).toEqual(['/ConfigMap a/c']);
});
