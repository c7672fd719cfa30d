import { appliedTo } from '../../fields/applied';
import { content } from '../../fields/content';
import { type LeafChange, leafChanges, shownChanges } from '../../fields/field-lines';
import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import type { Write } from '../../order/phase';
import { yieldedBy } from '../owners';
import type { Plan } from './plan';
import type { PlannedObject } from './planned-object';

/** What writes change, each against what the write before left there; as it may be shown. Deletions are not in it. */
export type StepChanges = ReadonlyMap<Write, readonly LeafChange[]>;

/** What each write changes of an object that is written several times on the way. Of one that is made: {@link forNow}. */
export function stepChanges({ objects, phases, manager }: Plan): StepChanges {
  const out = new Map<Write, readonly LeafChange[]>();
  const writes = phases.flatMap((p) => p.writes);
  const several = new Set(writes.filter((w) => w.wide).map((w) => w.key));
  if (several.size === 0) return out;
  const planned = new Map(objects.map((p) => [p.key, p]));
  const left = new Map<string, any>();
  for (const w of writes) {
    const p = planned.get(w.key);
    if (!several.has(w.key) || w.action === 'delete' || !p) continue;
    const before = left.get(w.key) ?? p.live?.manifest.object;
    const now = afterWrite(p, w.object.object, manager);
    left.set(w.key, now);
    if (w.action === 'create') {
      if (w.wide) out.set(w, forNow(w, p.body));
    } else if (before) {
      const filled = filledIn(p, manager);
      const changes = between(before, now).filter((c) => !(isGone(c) && filled.has(c.path)));
      out.set(w, shownChanges(p.manifest, changes));
    }
  }
  return out;
}

/** The same of all writes from one state of the files to another. */
export function fileChanges(writes: readonly Write[], before: readonly Manifest[], after: readonly Manifest[]): StepChanges {
  const out = new Map<Write, readonly LeafChange[]>();
  const left = new Map(before.map((m) => [keyOf(m), m.object]));
  const last = new Map(after.map((m) => [keyOf(m), m.object]));
  for (const w of writes) {
    const { object } = w.object;
    if (w.action === 'change') out.set(w, shownChanges(w.object, between(left.get(w.key), object)));
    else if (w.action === 'create' && w.wide) out.set(w, forNow(w, last.get(w.key)));
    left.set(w.key, object);
  }
  return out;
}

/** What an object that is made holds otherwise than it is to hold in the end; nothing for what comes later. */
const forNow = (w: Write, last: any): readonly LeafChange[] =>
  shownChanges(w.object, between(last, w.object.object)).map(({ path, desired }) => ({ path, desired }));

const between = (before: any, now: any): readonly LeafChange[] => leafChanges('', content(before), content(now));
const isGone = (c: LeafChange): boolean => c.desired === undefined;

/** What a write makes of an object, but for what the server fills in. */
function afterWrite(p: PlannedObject, body: any, manager: string): any {
  const live = p.live?.manifest.object;
  if (!live) return body;
  return appliedTo(live, body, manager, p.action === 'take over' ? yieldedBy(live, p.former ?? {}) : []);
}

/** Fields that the last write leaves out, and that the server, where it was asked, fills in as they are. */
function filledIn(p: PlannedObject, manager: string): ReadonlySet<string> {
  if (!p.live || !p.result || !p.body) return new Set();
  const gone = (to: any) =>
    between(p.live!.manifest.object, to)
      .filter(isGone)
      .map((c) => c.path);
  const really = new Set(gone(p.result));
  return new Set(gone(afterWrite(p, p.body, manager)).filter((path) => !really.has(path)));
}
