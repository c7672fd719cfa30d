import type { KubeObject } from '../manifests';
import { identity, type Log, type LoggedEvent } from './watch-log';

/** The mesh at one moment of a log. */
export interface Moment {
  /** What made it so; nothing for the first. */
  readonly event: LoggedEvent | undefined;
  /** By `identity`. Changes as the replay goes on. */
  readonly objects: ReadonlyMap<string, KubeObject>;
}

/** Plays a log again: the mesh before it, and after each event. */
export function* replay(log: Log): Generator<Moment> {
  const objects = new Map(log.start.map((o) => [identity(o), o]));
  yield { event: undefined, objects };
  for (const event of log.events) {
    if (event.type === 'DELETED') objects.delete(identity(event.object));
    else objects.set(identity(event.object), event.object);
    yield { event, objects };
  }
}

/** `+1.250 s, revision 431, MODIFIED networking.istio.io/VirtualService shop/web` */
export function eventText(log: Log, event: LoggedEvent | undefined): string {
  if (!event) return 'before';
  return `+${((event.at - log.from) / 1000).toFixed(3)} s, revision ${event.revision}, ${event.type} ${identity(event.object)}`;
}
