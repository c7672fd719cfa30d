import type { Fact } from './facts/references';
import type { MeshState } from './mesh-state';
import type { Mover } from './movers';
import type { Knot } from './phase';

/** What holds up the changes that are left. */
export function knotsOf(mesh: MeshState): readonly Knot[] {
  const provided = mesh.provided(new Set());
  const taken = mesh.alone();
  const needing = new Map<Fact, string[]>();
  const know = ({ key }: Mover, f: Fact) => needing.set(f, [...(needing.get(f) ?? []), key]);
  const left = mesh.left();
  const changing = new Set(left.map((m) => m.key));
  const held = left.map((m) => {
    const lacks = mesh.lacks(m, provided);
    if (lacks.length > 0) return { key: m.key, waits: true, facts: lacks, beside: [] };
    const { robbed, hidden } = taken(m);
    const beside = hidden.flatMap((h) => h.group.moving.filter((key) => changing.has(key)));
    return { key: m.key, waits: false, facts: [...robbed, ...hidden.flatMap((h) => h.facts)], beside };
  });
  const asked = new Set(held.filter((h) => !h.waits).flatMap((h) => h.facts));
  for (const m of [...mesh.staying, ...mesh.moving]) for (const f of m.state.references.needs) if (asked.has(f)) know(m, f);
  return held.map(({ key, waits, facts, beside }) => {
    const by = new Set(waits ? [] : [...facts.flatMap((f) => needing.get(f) ?? []), ...beside]);
    by.delete(key);
    return { key, waits, facts, by: [...by] };
  });
}
