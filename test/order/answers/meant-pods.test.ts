import type { Manifest } from '../../../src/manifests/manifest';
import { knotText, waitingIn } from '../../../src/order/knot-text';
import { phasesOf } from '../../../src/order/phases';
import { BASE, dep, dr, fqdn, svc, vs } from '../objects';
import { shown } from '../support';

const WEB = fqdn('web');
const NARROW = { selector: { app: 'web', version: 'v2' } };
const rules = dr('web', { v1: 'v1', v2: 'v2' });
const without = (...names: string[]) => BASE.filter((m) => !names.includes(m.name));
const plan = (live: readonly Manifest[], desired: readonly Manifest[]) => {
  const made = phasesOf({ live, desired });
  expect(made.knots).toEqual([]);
  return made;
};

test('a Service is narrowed before rules leave the subset, and widened after they took it: proxies have heard of the first', () => {
  // whether its pods are in the files or not
  for (const base of [[...without('web'), dep('web-v2')], without('web', 'web-v1')]) {
    const wide = [...base, rules, svc('web'), vs('web', [WEB], 'web/v2')];
    const narrow = [...base, rules, svc('web', NARROW), vs('web', [WEB], 'web')];
    const [there, back] = [plan(wide, narrow), plan(narrow, wide)];
    expect(shown(there)).toEqual([['change Service web'], ['change VirtualService web']]);
    expect(there.phases[0]!.settles).toBe(true);
    expect(shown(back)).toEqual([['change VirtualService web'], ['change Service web']]);
    expect(back.phases[0]!.settles).toBe(true);
  }
});

test('where rules leave a subset of which a Service comes to have no pods, it is narrowed after them', () => {
  const base = [...without('web'), dep('web-v2'), rules];
  const wide = [...base, svc('web'), vs('web', [WEB], 'web/v1')];
  const narrow = [...base, svc('web', NARROW), vs('web', [WEB], 'web')];
  expect(shown(plan(wide, narrow))).toEqual([['change VirtualService web'], ['change Service web']]);
  expect(shown(plan(narrow, wide))).toEqual([['change Service web'], ['change VirtualService web']]);
});

test('a Service that asks for other pods waits for no rules that lead elsewhere, or that stay', () => {
  const base = [...without('web'), dep('web-v2')];
  const still = vs('web', [WEB], 'web');
  const at = (dest: string) => vs('e', [fqdn('client')], dest);
  const made = plan([...base, svc('web'), still, at('client')], [...base, svc('web', NARROW), still, at('client:80')]);
  expect(shown(made)).toEqual([['change Service web', 'change VirtualService e']]);
});

test('subsets that change places while rules go from the one to the other have no order, and the plan says so', () => {
  const base = [...BASE, dep('web-v2')];
  const live = [...base, dr('web', { blue: 'v1', green: 'v2' }), vs('web', [WEB], 'web/blue')];
  const desired = [...base, dr('web', { blue: 'v2', green: 'v1' }), vs('web', [WEB], 'web/green')];
  const { phases, knots } = phasesOf({ live, desired });
  expect(phases).toEqual([]);
  expect(knots.map((k) => k.key)).toEqual([
    'networking.istio.io/DestinationRule a/web',
    'networking.istio.io/VirtualService a/web',
  ]);
  expect(knotText(knots[0]!, waitingIn(knots), new Set(knots.map((k) => k.key)), new Map())).toContain(
    'that requests for web.a.svc.cluster.local come to pods of one of both states',
  );
});
