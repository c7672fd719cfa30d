import type { Manifest } from '../../manifests/manifest';
import { isDryRun } from '../../model/dry-run';
import { isEqual } from '../../values/equal';
import { isComing } from '../facts/readiness';
import { rolling } from './rolling';
import { shownWider, WIDEN } from './widen';

/**
 * When a change may be written: what opens or adds comes first, what closes or takes away comes last. Of what closes, the
 * policies that say who may are there before the one that says that nobody else may. Denials are lifted when all else is done,
 * and what says who may goes after that.
 */
export type Rank = 'open' | 'close' | 'deny' | 'lift' | 'part';

/** Ranks in the order in which they are written. */
export const RANKS: readonly Rank[] = ['open', 'close', 'deny', 'lift', 'part'];

/** One write of an object: a state that it is to have, or none when it is deleted. */
export interface Stage {
  readonly object: Manifest | undefined;
  /** Nothing is written: the state comes by itself, and others may have to wait for it. */
  readonly comes?: true;
  readonly rank: Rank;
  /** Whether it is the wide form, which no file holds. */
  readonly wide?: true;
}

/**
 * The writes that take an object from its live state to the desired one, in order.
 * @param used whether requests that are served now depend on it
 */
export function stagesOf(live: Manifest | undefined, desired: Manifest | undefined, used = true): readonly Stage[] {
  const m = (desired ?? live)!;
  // a program that begins when it is written finds all that it calls
  if (desired && BEGINS.test(`${m.group}/${m.kind}`)) return one(desired, 'lift');
  // what guards nobody yet is there before those whom it guards
  if (!live && !used) return one(desired, 'open');
  const special = STAGES[`${m.group}/${m.kind}`];
  if (special) return special(live, desired);
  if (!desired) return [{ object: undefined, rank: 'close' }];
  return live ? (viaWide(live, desired) ?? [{ object: desired, rank: 'open' }]) : [{ object: desired, rank: 'open' }];
}

const BEGINS = /^batch\/(Job|CronJob)$/;

/** The wide form first, where there is one that is neither of the two. */
function viaWide(live: Manifest, desired: Manifest): readonly Stage[] | undefined {
  const spec = WIDEN[`${desired.group}/${desired.kind}`]?.(live.object.spec ?? {}, desired.object.spec ?? {}, desired.namespace);
  if (spec === undefined) return undefined;
  const annotations = shownWider(live, desired);
  if (isEqual(spec, desired.object.spec) && !annotations) return undefined;
  const last: Stage = { object: desired, rank: 'close' };
  // what the live state is already need not be written
  if (isEqual(spec, live.object.spec) && (annotations === undefined || isEqual(annotations, live.annotations))) return [last];
  const metadata = annotations ? { ...desired.object.metadata, annotations } : desired.object.metadata;
  const wide = { ...desired, annotations: annotations ?? desired.annotations, object: { ...desired.object, metadata, spec } };
  return via(wide, desired);
}

/** Whether the desired state takes nothing away from the live one. */
const isWider = (live: Manifest, desired: Manifest): boolean => {
  const spec = WIDEN[`${desired.group}/${desired.kind}`]?.(live.object.spec ?? {}, desired.object.spec ?? {}, desired.namespace);
  return spec !== undefined && isEqual(spec, desired.object.spec);
};

/** What comes of an object that stays as it is: a workload's pods come up. */
export function coming(m: Manifest): readonly Stage[] {
  if (!isComing(m)) return [];
  const { status: _, ...object } = m.object;
  return [{ object: { ...m, object }, rank: 'open', comes: true }];
}

/** A workload has pods of both states until it is rolled out. */
const rollout = (live: Manifest | undefined, desired: Manifest | undefined): readonly Stage[] =>
  live && desired
    ? [
        { object: rolling(live, desired), rank: 'open' },
        { object: desired, rank: 'open', comes: true },
      ]
    : one(desired, desired ? 'open' : 'close');

type Stages = (live: Manifest | undefined, desired: Manifest | undefined) => readonly Stage[];

const one = (object: Manifest | undefined, rank: Rank): readonly Stage[] => [{ object, rank }];

const STAGES: Readonly<Record<string, Stages>> = {
  'apps/Deployment': rollout,
  'apps/StatefulSet': rollout,
  'apps/DaemonSet': rollout,
  'argoproj.io/Rollout': rollout,
  'security.istio.io/AuthorizationPolicy': authorization,
  // a Sidecar takes away what a proxy knows: the first of a workload comes last
  'networking.istio.io/Sidecar': (live, desired) => {
    if (live && desired) return viaWide(live, desired) ?? one(desired, isWider(live, desired) ? 'open' : 'close');
    return desired ? one(desired, 'close') : one(undefined, 'open');
  },
};

const rulesOf = (m: Manifest): readonly unknown[] => m.object.spec?.rules ?? [];
const actionOf = (m: Manifest): string => m.object.spec?.action ?? 'ALLOW';

/**
 * Who may comes before what says that nobody else may. What denies somebody is written last: it may rely on how the others call
 * by then. Either is taken away last of all: something else may have come to say who may in its place.
 */
function authorization(live: Manifest | undefined, desired: Manifest | undefined): readonly Stage[] {
  const [from, to] = [live, desired].map((m) =>
    // one that only logs decides nothing, as if it were not there
    !m || isDryRun(m) ? undefined : actionOf(m) !== 'ALLOW' ? 'deny' : rulesOf(m).length > 0 ? 'some' : 'none',
  );
  if (from === undefined && to === undefined) return one(desired, 'open');
  if (from === 'deny' || to === 'deny') return one(desired, to === 'deny' ? 'deny' : 'lift');
  if (from !== undefined && to !== undefined)
    return viaWide(live!, desired!) ?? one(desired, to === 'none' ? 'deny' : from === 'some' ? 'close' : 'open');
  if (to !== undefined) return one(desired, to === 'some' ? 'close' : 'deny');
  return one(desired, from === 'none' ? 'lift' : 'part');
}

/** First a form that no file holds, and then the desired state. */
export const via = (wide: Manifest, to: Manifest | undefined): readonly Stage[] => [
  { object: wide, rank: 'open', wide: true },
  { object: to, rank: 'close' },
];

/** An object with another spec, to be sent: what is live has fields of the server's besides. */
export function sent(m: Manifest, spec: object): Manifest {
  const { apiVersion, kind, metadata } = m.object;
  const { name, namespace, labels, annotations } = metadata;
  const kept = {
    name,
    ...(namespace ? { namespace } : {}),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
  return { ...m, object: { apiVersion, kind, metadata: kept, spec } };
}
