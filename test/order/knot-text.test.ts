import { knotText } from '../../src/order/knot-text';
import type { Knot } from '../../src/order/phase';

const WEB = 'networking.istio.io/VirtualService shop/web';
const POLICY = 'security.istio.io/AuthorizationPolicy shop/who';
const text = (knot: Partial<Knot>, given: readonly string[] = [WEB]) =>
  knotText({ key: WEB, facts: [], waits: false, by: [], ...knot }, new Set(given), new Map([[WEB, 'VirtualService/shop/web']]));

test('what decides who gets in, and is to come last, is named', () => {
  const facts = [`exit ${POLICY} shop {"app":"web"}`, 'exit networking.istio.io/DestinationRule shop/web shop {"app":"web"}'];
  expect(text({ facts })).toContain('and then the policies (AuthorizationPolicy/shop/who, DestinationRule/shop/web)');
  expect(text({ facts: [`denied ${POLICY} shop {"app":"web"}`], waits: true })).toContain('it changes together with');
});

test('who needs what goes is named: of others, to have them changed first', () => {
  const facts = ['subset reviews.shop.svc.cluster.local v1'];
  expect(text({ facts, by: [WEB] })).toMatch(/^there is no order without a gap: VirtualService\/shop\/web needs subset v1 of/);
  expect(text({ facts, by: [WEB] }, [])).toMatch(/^VirtualService\/shop\/web, in none of these files, needs subset v1 of/);
});

test('requests that would be answered otherwise for a moment are told, one for some pods', () => {
  const web = 'shop {"app":"web"}';
  const facts = [`refused ${web} GET / at port 8080 of shop/b`, `refused ${web} GET /admin at port 8080 of shop/b`];
  expect(text({ facts })).toContain(
    'it changes together with pods app=web of namespace "shop", which are to go on refusing GET / at port 8080 of shop/b: make two',
  );
  expect(text({ facts })).toContain('and then the policies; or');
});
