import { manifestOf } from '../../../src/manifests/manifest';
import { referencesOf } from '../../../src/order/facts/references';
import type { KubeObject } from '../manifests';
import { plainReferences } from './plain-references';
import { eventText, replay } from './replay';
import { identity, type Log, type LoggedEvent } from './watch-log';

type References = (o: KubeObject) => { readonly provides: Iterable<string>; readonly needs: Iterable<string> };

/** From a point of time or of the log to another, the end not counted. */
interface Span {
  readonly from: number;
  to: number;
  /** What began it. */
  readonly event: LoggedEvent | undefined;
  readonly by: string;
}

const ours: References = (o) =>
  referencesOf(
    manifestOf(o, () => ({ file: 'log', line: 0, column: 0 })),
    'cluster.local',
  );

/**
 * Every moment of a log at which an object referred to what is not there: told by `referencesOf`, and by an implementation of
 * its own. What never is there lies outside, and does not count.
 */
export function gaps(log: Log): string[] {
  const places = new Map(log.events.map((event, i) => [event, i]));
  const order = (event: LoggedEvent) => places.get(event)!;
  return [...gapsBy(log, plainReferences, order, 0), ...gapsBy(log, ours, order, 0).map((g) => `by referencesOf: ${g}`)];
}

/**
 * As {@link gaps}, for proxies of which each may hear of any object so many milliseconds later than another: what is referred
 * to has to be there so long before, and so long after.
 */
export function gapsOfLateProxies(log: Log, late: number): string[] {
  return gapsBy(log, plainReferences, (event) => event.at, late);
}

function gapsBy(log: Log, references: References, at: (event: LoggedEvent) => number, late: number): string[] {
  const { provided, needed } = spansOf(log, references, at);
  const out: string[] = [];
  for (const [fact, needs] of needed) {
    const there = merged(provided.get(fact) ?? []);
    if (there.length === 0) continue;
    for (const need of needs) {
      const covered = there.some((t) => t.from <= need.from - late && t.to >= need.to + late);
      if (!covered) out.push(gapText(log, fact, need, there, late));
    }
  }
  return out;
}

function gapText(log: Log, fact: string, need: Span, there: readonly Span[], late: number): string {
  const when = there.map((t) => `from ${point(t.from)} to ${point(t.to)}`).join(', ');
  const lateText = late > 0 ? `, for proxies that are ${late} ms late` : '';
  return `${need.by} (${eventText(log, need.event)}) needs ${fact} from ${point(need.from)} to ${point(need.to)}, which is there ${when}${lateText}`;

  function point(n: number): string {
    if (!Number.isFinite(n)) return n < 0 ? 'the beginning' : 'the end';
    return late > 0 ? `+${((n - log.from) / 1000).toFixed(3)} s` : `event ${n} (${eventText(log, log.events[n])})`;
  }
}

/** When each fact was provided and needed, by which object. */
function spansOf(log: Log, references: References, at: (event: LoggedEvent) => number) {
  const provided = new Map<string, Span[]>();
  const needed = new Map<string, Span[]>();
  const open = new Map<string, Span>();
  const known = new Map<string, KubeObject>();
  const change = (
    side: 'provides' | 'needs',
    spans: Map<string, Span[]>,
    by: string,
    now: KubeObject | undefined,
    event: LoggedEvent | undefined,
  ) => {
    const before = new Set(known.has(by) ? references(known.get(by)!)[side] : []);
    const after = new Set(now ? references(now)[side] : []);
    const when = event ? at(event) : Number.NEGATIVE_INFINITY;
    for (const fact of before) {
      if (after.has(fact)) continue;
      open.get(`${side} ${by} ${fact}`)!.to = when;
      open.delete(`${side} ${by} ${fact}`);
    }
    for (const fact of after) {
      if (before.has(fact)) continue;
      const span: Span = { from: when, to: Number.POSITIVE_INFINITY, event, by };
      open.set(`${side} ${by} ${fact}`, span);
      spans.set(fact, [...(spans.get(fact) ?? []), span]);
    }
  };
  for (const { event, objects } of replay(log)) {
    const touched = event ? [identity(event.object)] : [...objects.keys()];
    for (const by of touched) {
      const now = objects.get(by);
      change('provides', provided, by, now, event);
      change('needs', needed, by, now, event);
      if (now) known.set(by, now);
      else known.delete(by);
    }
  }
  return { provided, needed };
}

/** Spans that touch are one: somebody took over from somebody. */
function merged(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else out.push({ ...span });
  }
  return out;
}
