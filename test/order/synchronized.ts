import { climbing, wayBetween } from '../../src/apply/plan/offline';
import { keyOf } from '../../src/manifests/key-of';
import type { Manifest } from '../../src/manifests/manifest';
import { syncWavesIn } from '../../src/manifests/wave';
import { isWorkload } from '../../src/order/facts/readiness';
import type { Phase, Write } from '../../src/order/phase';
import { isEqual } from '../../src/values/equal';
import { type Harm, harmOf } from './harm';

/** What synchronizes files to a cluster. */
type Tool = 'Argo CD' | 'Flux';

/** What the commits from one state to the other do to somebody on the way that neither state does. */
export interface HarmByCommits extends Omit<Harm, 'phases'> {
  /** How many commits there are. */
  readonly commits: number;
  readonly isRefused: boolean;
}

/** Goes all commits' way with each tool, in some orders. What Flux would delete and make anew is told, and left out. */
export function harmByCommits(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  pick: (n: number) => number,
  orders = 1,
  most = 400,
): HarmByCommits {
  const way = wayBetween(live, desired);
  const isRefused = way.knots.length > 0;
  if (isRefused) return { looked: 0, lines: [], commits: 0, isRefused };
  const states = way.commits.map((c) => c.state);
  const tools: readonly Tool[] = climbing(way).length > 0 ? ['Argo CD'] : ['Argo CD', 'Flux'];
  const ways = tools.flatMap((tool) => Array.from({ length: orders }, () => synchronized(tool, live, states, pick)));
  return { ...harmOf(live, desired, ways, pick, most), commits: states.length, isRefused };
}

/**
 * How a tool may write states of files one after the other, each once the one before is in effect. Told from the states alone:
 * changed objects wave by wave, in any order within one, with a wait for pods and proxies after each.
 *
 * Argo CD deletes at any moment, as its options say. Each of Flux's Kustomizations has the objects of one wave, and deletes what it
 * has no more: also what is another's now, if that one comes later.
 */
export function synchronized(
  tool: Tool,
  live: readonly Manifest[],
  states: readonly (readonly Manifest[])[],
  pick: (n: number) => number,
): readonly Phase[] {
  return states.flatMap((to, i) => oneState(tool, i === 0 ? live : states[i - 1]!, to, pick));
}

function oneState(tool: Tool, from: readonly Manifest[], to: readonly Manifest[], pick: (n: number) => number): Phase[] {
  const old = new Map(from.map((m) => [keyOf(m), m]));
  const now = new Map(to.map((m) => [keyOf(m), m]));
  const changed = to.filter((m) => !isEqual(old.get(keyOf(m))?.object, m.object));
  const [waveThen, waveOf] = [syncWavesIn(from), syncWavesIn(to)];
  const gone = from.filter((m) => !now.has(keyOf(m)));
  const moved = from.filter((m) => now.has(keyOf(m)) && waveThen(m) < waveOf(now.get(keyOf(m))!));
  const waves = [...new Set([...from.map(waveThen), ...to.map(waveOf)])].sort((a, b) => a - b);
  const isPrunedIn = new Map(gone.map((m) => [m, waves[pick(waves.length)]!]));
  return waves.flatMap((wave): Phase[] => {
    const writes = changed.filter((m) => waveOf(m) === wave);
    const pruned =
      tool === 'Argo CD'
        ? gone.filter((m) => isPrunedIn.get(m) === wave)
        : [...gone, ...moved].filter((m) => waveThen(m) === wave);
    const all: Write[] = [
      ...writes.map((m) => writeOf(m, old.has(keyOf(m)) ? 'change' : 'create')),
      ...pruned.map((m) => writeOf(m, 'delete')),
    ];
    return all.length > 0
      ? [{ rank: 'open', writes: all, awaited: [], pods: writes.filter(isWorkload), gone: [], settles: true }]
      : [];
  });
}

const writeOf = (object: Manifest, action: Write['action']): Write => ({ key: keyOf(object), action, object, wide: false });
