import { causesIn, knotText, waitingIn } from '../../src/order/knot-text';
import type { Knot } from '../../src/order/phase';

const WEB = 'networking.istio.io/VirtualService shop/web';
const text = (knot: Partial<Knot>, given: readonly string[] = [WEB], all: readonly Knot[] = []) =>
  knotText(
    { key: WEB, facts: [], waits: false, by: [], ...knot },
    waitingIn(all),
    new Set(given),
    new Map([[WEB, 'VirtualService/shop/web']]),
  );

test('who needs what goes is named: of others, to have them changed first', () => {
  const facts = ['subset reviews.shop.svc.cluster.local v1'];
  expect(text({ facts, by: [WEB] })).toMatch(/^there is no order without a gap: VirtualService\/shop\/web needs subset v1 of/);
  expect(text({ facts, by: [WEB] }, [])).toMatch(/^VirtualService\/shop\/web, in none of these files, needs subset v1 of/);
});

test('requests that would be answered otherwise for a moment are told, one for some pods', () => {
  const web = 'shop {"app":"web"}';
  const facts = [`refused ${web} GET / at port 8080 of shop/b`, `refused ${web} GET /admin at port 8080 of shop/b`];
  const what = 'pods app=web of namespace "shop", which are to go on refusing GET / at port 8080 of shop/b: make two changes';
  expect(text({ facts })).toContain(`it changes, and so do the answers of ${what}`);
  expect(text({ facts, by: [WEB] })).toContain('it changes together with VirtualService/shop/web, and so do the answers of');
  const routed = ['admitted web.shop.svc.cluster.local * GET / at port 8080 of shop/b'];
  expect(text({ facts: routed })).toContain('the pods of web.shop.svc.cluster.local, which are to go on letting in GET / at');
});

test('the way of requests is told: without a proxy is no Gateway, and of several hosts of pods it is the one', () => {
  const at = (place: string) => text({ facts: [`refused web.shop.svc.cluster.local ${place} GET / at port 8080 of shop/b`] });
  expect(at('@direct')).toContain('the pods of web.shop.svc.cluster.local for callers without a proxy, which are to go on');
  expect(at('80@shop/edge')).toContain('the pods of web.shop.svc.cluster.local behind port 80 of Gateways, which are to go on');
  expect(at('@shop/edge')).toContain('the pods of web.shop.svc.cluster.local behind a Gateway, which are to go on');
  expect(at('of:shop/{"app":"web"}')).toContain('the pods of web.shop.svc.cluster.local, which are to go on');
});

test('those that wait for each other are told, and not who only leads to them', () => {
  const waiting = (key: string, fact: string, by: string): Knot => ({ key, facts: [fact], waits: true, by: [by] });
  const all = [waiting(WEB, 'gateway shop/a', 'a'), waiting('a', 'namespace b', 'b'), waiting('b', 'gateway shop/a', 'a')];
  expect(text(all[0]!, [WEB], all)).toMatch(
    /it needs gateway shop\/a, a → b → a wait for each other: let one of them do without the other, or make two changes/,
  );
  expect(text(all[0]!, [WEB], all.slice(0, 2))).toContain('it needs gateway shop/a, which waits for it in turn');
});

test('who is held up as well cannot go first', () => {
  const facts = ['subset reviews.shop.svc.cluster.local v1'];
  expect(text({ facts, by: [WEB] })).toContain('change that one first, and the rest after that');
  const held: Knot = { key: WEB, facts: ['subset api v1'], waits: true, by: [] };
  expect(text({ facts, by: [WEB] }, [WEB], [held])).toContain('give what is new a name of its own in the first');
});

test('what follows from others is told so, and who is held up by itself is a cause', () => {
  const knot = (key: string, facts: readonly string[], by: readonly string[], waits = false): Knot => ({ key, facts, waits, by });
  const service = knot('service', ['host old'], ['edge']);
  const pods = knot('pods', [], []);
  const policy = knot('policy', ['guard old'], ['pods']);
  const waits = knot('waits', ['host new'], ['policy'], true);
  expect(causesIn([service, pods, policy, waits])).toEqual(
    new Map([
      [pods, [service]],
      [policy, [service]],
      [waits, [service]],
    ]),
  );
  const circle = [knot('a', ['delegate b'], ['b'], true), knot('b', ['delegate a'], ['a'], true)] as const;
  const root = knot('root', ['delegate a'], ['a'], true);
  expect(causesIn([...circle, root])).toEqual(new Map([[root, [circle[0], circle[1]]]]));
  const access = knot('access', ['refused shop {} GET /'], ['pods']);
  expect(causesIn([access, pods])).toEqual(new Map([[pods, [access]]]));
  // nobody knows of a cause
  expect(causesIn([pods])).toEqual(new Map());
});
