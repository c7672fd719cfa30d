import { diff, diffOf } from '../../src/diff/diff';
import { diffJson } from '../../src/diff/diff-json';
import { pairOf } from './pairs';

const PAIRS = 40;

test('hosts that proxies treat alike are asked once, and nothing is missed that all of them would show', () => {
  let told = 0;
  let left = 0;
  for (let seed = 1; seed <= PAIRS; seed++) {
    const { old, now } = pairOf(seed, seed + PAIRS);
    const all = diffOf(old, now, (targets, differs) => {
      const every = targets.flatMap((t) => t.all());
      left += every.length - targets.flatMap((t) => (differs(t.first) ? t.all() : [t.first])).length;
      return every;
    });
    expect([seed, diffJson(diff(old, now))]).toEqual([seed, diffJson(all)]);
    told += all.length;
  }
  // both are there, so the property means something
  expect(told).toBeGreaterThan(PAIRS / 2);
  expect(left).toBeGreaterThan(PAIRS / 2);
});
