import { keyOf } from '../../src/manifests/key-of';
import { NOTHING } from '../../src/order/facts/references';
import { RANKS } from '../../src/order/forms/stages';
import { moversOf } from '../../src/order/movers';
import { Moves } from '../../src/order/moves';
import { manifest } from './support';

test('of a group more than can be looked at together wait for one that is not among the first', () => {
  const state = (n: number) => [1, 2, 3, 4, 5, 6].map((i) => manifest('v1', 'ConfigMap', `m${i}`, { n }));
  const [live, desired] = [state(1), state(2)];
  const keys = live.map(keyOf);
  const isNew = (m: ReturnType<typeof manifest> | undefined) => m?.object.spec.n === 2;
  // the last alone goes before any other
  const provides = (of: (key: string) => ReturnType<typeof manifest> | undefined) =>
    isNew(of(keys[5]!)) || !keys.slice(0, 5).some((k) => isNew(of(k))) ? ['fact'] : [];
  const moves = new Moves(
    moversOf(
      live,
      desired,
      () => NOTHING,
      () => true,
    ),
    () => NOTHING,
    [{ members: keys, keeps: true, provides }],
  );
  const steps = RANKS.flatMap((rank) => {
    const out: string[] = [];
    for (let s = moves.next(rank); s; s = moves.next(rank)) out.push(s.writes.map((w) => w.object.name).join(' '));
    return out;
  });
  expect(steps).toEqual(['m6', 'm1 m2 m3 m4', 'm5']);
  expect(moves.left()).toEqual([]);
});
