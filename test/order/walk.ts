import { keyOf } from '../../src/manifests/key-of';
import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { isWorkload } from '../../src/order/facts/readiness';
import type { Phase, Write } from '../../src/order/phase';
import { canonical } from '../../src/values/equal';

/**
 * What a mesh may be at some moment of an apply: of each object any of its states that somebody may have heard of, of each
 * workload the pods that may be there.
 */
export class Walk {
  private readonly tracks = new Map<string, Track>();

  /** @param pick chooses one of n */
  constructor(
    live: readonly Manifest[],
    private readonly pick: (n: number) => number,
  ) {
    for (const m of live) this.tracks.set(keyOf(m), new Track(isWorkload(m) ? pods(m) : [m]));
  }

  /** The states that may be while phases are written, one object at a time. */
  *views(phases: readonly Phase[]): Iterable<{ readonly when: string; readonly objects: readonly Manifest[] }> {
    for (const [i, phase] of phases.entries()) {
      const writes = [...phase.writes];
      while (writes.length > 0) {
        const [w] = writes.splice(this.pick(writes.length), 1);
        this.write(w!);
        yield { when: `phase ${i + 1}, ${textOf(w!)}`, objects: this.view() };
      }
      if (writes.length === 0) yield { when: `phase ${i + 1}, all is written`, objects: this.view() };
      for (const m of phase.pods) this.tracks.get(keyOf(m))!.isUp();
      if (phase.settles) for (const t of this.tracks.values()) t.settle();
    }
  }

  private write({ key, action, object }: Write): void {
    const track = this.tracks.get(key) ?? new Track([]);
    this.tracks.set(key, track);
    const state = action === 'delete' ? undefined : object;
    if (!isWorkload(object)) track.add(state === undefined ? [] : [state]);
    else track.rollOut(state === undefined ? [] : pods(state));
  }

  private view(): Manifest[] {
    return [...this.tracks.values()].flatMap((t) => t.any(this.pick));
  }
}

/** The states of an object, or of a workload's pods, of which each may be the one that somebody knows. */
class Track {
  private states: (readonly Manifest[])[];
  private up = true;

  constructor(first: readonly Manifest[]) {
    this.states = [first];
  }

  add(state: readonly Manifest[]): void {
    this.states.push(state);
  }

  /** Pods of the new template come, and the old ones go, whenever they like. */
  rollOut(next: readonly Manifest[]): void {
    const now = this.states.at(-1)!;
    const text = (all: readonly Manifest[]) => canonical(all.map((m) => m.object.spec?.template));
    this.up = text(now) === text(next) ? this.up : next.length === 0;
    if (text(now) === text(next)) this.states = this.states.map((s) => (s === now ? next : s));
    else if (now.length > 0 && next.length > 0) this.states.push([...now, ...next.map(beside)], next);
    else this.states.push(next);
  }

  /** Its pods have been waited for: others are gone, though some have not heard of it. */
  isUp(): void {
    this.up = true;
    this.states = [...this.states.slice(0, -1).map((s) => s.map(gone)), this.states.at(-1)!];
  }

  /** All have heard of the last state. */
  settle(): void {
    if (this.up) this.states = this.states.slice(-1);
  }

  any(pick: (n: number) => number): readonly Manifest[] {
    return this.states[pick(this.states.length)]!;
  }
}

/** Annotation of pods that are there no more, and some proxies think they are. */
export const GONE = 'test/gone';

const where = () => ({ file: 'test', line: 0, column: 0 });

/** The same for the same object. */
function once(of: (m: Manifest) => Manifest): (m: Manifest) => Manifest {
  const known = new WeakMap<Manifest, Manifest>();
  return (m) => {
    const made = known.get(m) ?? of(m);
    known.set(m, made);
    return made;
  };
}

const gone = once((m) => {
  const object = structuredClone(m.object);
  object.spec.template.metadata.annotations = { [GONE]: 'true' };
  return manifestOf(object, where);
});

/** The workload with pods, or nothing. */
const pods = (m: Manifest): readonly Manifest[] => (m.object.spec?.replicas === 0 ? [] : [m]);

/** Pods of another template of one workload. */
export const beside = once((m) => manifestOf({ ...m.object, metadata: { ...m.object.metadata, name: `${m.name}-new` } }, where));

export const textOf = (w: Write): string => `${w.action} ${w.object.kind} ${w.object.name}${w.wide ? ' (wide)' : ''}`;
