import { appliedTo } from '../../fields/applied';
import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import type { Live } from '../live';
import { yieldedBy } from '../owners';
import type { PlannedObject } from './planned-object';

/** The cluster's objects when a plan is carried out: those of the files as they are sent. */
export function afterwards(live: Live, objects: readonly PlannedObject[]): Manifest[] {
  const out = new Map([...live.objects.values()].map((l) => [l.key, l.manifest]));
  for (const p of objects) {
    if (p.action === 'delete') out.delete(p.key);
    // a body says no age: what is changed keeps its own
    else if (p.action !== 'keep') out.set(p.key, { ...p.manifest, object: p.body!, created: p.live?.manifest.created });
  }
  return [...out.values()];
}

/** The same with the fields that the server fills in, or that others own, which no file has. */
export function asAnswered(after: readonly Manifest[], objects: readonly PlannedObject[], manager: string): Manifest[] {
  const answers = new Map(
    objects.flatMap((p) => {
      const result = p.action === 'delete' ? undefined : (p.result ?? expected(p, manager));
      return result ? [[p.key, result] as const] : [];
    }),
  );
  return after.map((m) => {
    const result = answers.get(keyOf(m));
    return result ? { ...m, object: result } : m;
  });
}

/** What becomes of a live object, as far as can be told without the server: what others own of it stays. */
export function expected({ action, live, body, former = {} }: PlannedObject, manager: string): PlannedObject['result'] {
  if (!live || (action !== 'change' && action !== 'take over')) return undefined;
  const { object } = live.manifest;
  return appliedTo(object, body, manager, action === 'take over' ? yieldedBy(object, former) : []);
}
