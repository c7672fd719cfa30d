import type { Manifest } from '../manifests/manifest';
import type { Phase, Write } from './phase';

/**
 * The phases of a commit in the order in which its waves are written. They have that order by themselves, but where a form between two is
 * left out: what it made room for may be of an earlier wave than what it waited for. Then there is a phase for each wave. Deletions
 * have no wave: they stay in the last of the phases, since nobody knows when they are done.
 */
export function inWaves(phases: readonly Phase[], syncWaveOf: (m: Manifest) => number): readonly Phase[] {
  let reached = Number.NEGATIVE_INFINITY;
  const isInOrder = phases.every(({ writes }) => {
    const waves = writes.filter(isThere).map((w) => syncWaveOf(w.object));
    if (waves.some((n) => n < reached)) return false;
    reached = Math.max(reached, ...waves);
    return true;
  });
  if (isInOrder) return phases;
  const all = phases.flatMap((phase) => phase.writes.map((write) => ({ phase, write })));
  const waves = [...new Set(all.flatMap(({ write }) => (isThere(write) ? [syncWaveOf(write.object)] : [])))].sort(
    (a, b) => a - b,
  );
  return waves.map((n, i) => {
    const isLast = i === waves.length - 1;
    const some = all.filter(({ write }) => (isThere(write) ? syncWaveOf(write.object) === n : isLast));
    const of = [...new Set(some.map((s) => s.phase))];
    return {
      rank: of[0]!.rank,
      writes: some.map((s) => s.write),
      awaited: of.flatMap((p) => p.awaited),
      pods: of.flatMap((p) => p.pods),
      gone: of.flatMap((p) => p.gone),
      settles: isLast ? phases.at(-1)!.settles : of.some((p) => p.settles),
    };
  });
}

const isThere = (w: Write): boolean => w.action !== 'delete';
