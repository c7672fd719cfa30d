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
  const lacked = new Set(held.filter((h) => h.waits).flatMap((h) => h.facts));
  const having = new Map<Fact, string[]>();
  for (const m of left) for (const f of mesh.comingOf(m)) if (lacked.has(f)) having.set(f, [...(having.get(f) ?? []), m.key]);
  return held.map(({ key, waits, facts, beside }) => {
    const by = new Set([...facts.flatMap((f) => (waits ? having : needing).get(f) ?? []), ...beside]);
    // what leads back to itself waits for itself
    if (!waits) by.delete(key);
    return { key, waits, facts, by: [...by] };
  });
}
