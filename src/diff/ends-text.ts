import { clusterParts } from '../model/cluster';
import type { Ending } from '../trace/ending';
import type { Trace } from '../trace/flow';
import { sameShare, shareText } from '../trace/fraction';
import type { Outcome } from '../trace/outcome';
import { callerEnds, isClosed, isGood } from './caller-ends';
import { canonical } from './canonical';
import { bothArrivals, modeChange } from './modes';

/** What an answer that the client's proxy gives holds. */
const answered = (o: Outcome | undefined) => canonical([o?.redirect, o?.directResponse, o?.responseHeaders]);
/** What proxies write themselves. */
const bodies = (t: Trace) =>
  [
    ...new Set(
      [t.outbound?.body ?? '', ...t.arrivals.map((a) => (a.outcome?.local ? (a.outcome.body ?? '') : ''))].filter(Boolean),
    ),
  ].sort();
/** Pods in one order; what is no list of them stays. */
function whereOf({ where }: Ending): string {
  const parts = where.split(', ');
  return parts.every((p) => /^\S+$/.test(p)) ? parts.sort().join(', ') : where;
}

/**
 * Outside the mesh nobody knows what is answered: a request that is handed on and a connection that is are the same, unless a
 * gateway ends the client's TLS.
 */
const statusOf = (e: Ending, tls: boolean) =>
  e.where.endsWith(', outside the mesh') && isGood(e) && !tls ? undefined : e.status;
/** Who turns a request away is nothing to the caller. */
const endKey = (e: Ending, tls: boolean) =>
  canonical(isGood(e) || e.maybe ? [statusOf(e, tls), whereOf(e), e.subset, e.maybe, isClosed(e)] : [e.status ?? 'closed']);
const sortedEnds = (t: Trace) =>
  callerEnds(t)
    .map((e) => ({ e, key: endKey(e, t.request.tls) }))
    .sort((x, y) => (x.key < y.key ? -1 : 1));

/** Equal for traces that end the same for the client. */
export const endsPrint = (t: Trace) =>
  canonical([sortedEnds(t).map(({ e, key }) => [key, e.share.of, e.share.in]), answered(t.outbound), bodies(t)]);

/** How the ends differ: `v2 10 % -> 25 %`, `200 -> 403 (no rule allows it)`. */
export function endsText(old: Trace, now: Trace): string {
  const mode = modesText(old, now);
  const [a, b] = [sortedEnds(old), sortedEnds(now)];
  const same = (f: (e: Ending) => unknown) => canonical(a.map((x) => f(x.e))) === canonical(b.map((x) => f(x.e)));
  // the same places with other shares
  if (same((e) => endKey(e, old.request.tls)) && !a.every((x, i) => sameShare(x.e.share, b[i]!.e.share)))
    return a
      .flatMap((x, i) => {
        const y = b[i]!.e;
        return sameShare(x.e.share, y.share)
          ? []
          : [`${shortly(x.e, old, 'place')} ${shareText(x.e.share)} -> ${shareText(y.share)}`];
      })
      .join(', ');
  const [one, other] = [a[0]!.e, b[0]!.e];
  // one end becomes another: what it was is said shortly where it went well
  if (a.length === 1 && b.length === 1 && (!isGood(one) || !isGood(other))) {
    // pods that are the same are those of the host: not to name them makes lines of several hosts equal
    const good = whereOf(one) === whereOf(other) ? 'status' : 'place';
    const l = shortly(one, old, isGood(one) ? good : isGood(other) ? 'status' : 'reason');
    const r = shortly(other, now, isGood(other) ? good : 'reason');
    if (l !== r) return `${mode}${l} -> ${r}`;
  }
  const [left, right] = [
    listText(
      a.map((x) => x.e),
      old,
    ),
    listText(
      b.map((x) => x.e),
      now,
    ),
  ];
  if (left !== right) return `${mode}${left} -> ${right}`;
  const long = (t: Trace, list: typeof a) =>
    `${list.map((x) => `${x.e.status ?? ''} ${whereOf(x.e)}`.trim()).join(', ')}${answerText(t.outbound)}`;
  const [l, r] = [long(old, a), long(now, b)];
  return l === r ? `${mode}answered otherwise` : `${mode}${l} -> ${r}`;
}

const listText = (list: readonly Ending[], t: Trace): string =>
  list.map((e) => `${list.length > 1 && !e.maybe ? `${shareText(e.share)} ` : ''}${shortly(e, t, 'place')}`).join(', ');

function shortly(e: Ending, t: Trace, how: 'status' | 'place' | 'reason'): string {
  const answer = answerText(t.outbound);
  if (answer !== '') return `${e.status ?? 'closed'}${answer}`;
  const here = t.client.proxy === 'gateway' ? t.client.name : `the proxy of ${t.client.name}`;
  if (isGood(e) && e.where === here) return `${e.status} (the proxy answers itself)`;
  if (isGood(e)) return how === 'place' ? placeOf(e, t) : `${e.status ?? 'connected'}`;
  const head = isClosed(e) ? 'closed' : `${e.status}`;
  const reason = (e.reason ?? '').replace(/: (the connection is closed|\d+)$/, '').replace(/^(a fault answers it) with .*/, '$1');
  return how === 'status' || !reason ? head : `${head} (${reason})`;
}

function answerText(o: Outcome | undefined): string {
  if (o?.redirect) return ` to ${o.redirect.location ?? 'nowhere'}`;
  if (o?.directResponse?.body !== undefined) return ` ${JSON.stringify(o.directResponse.body)}`;
  return '';
}

/** The subset where all goes to the host that is asked, else the pods. */
function placeOf(e: Ending, t: Trace): string {
  const hosts = new Set((t.outbound?.destinations ?? []).map((d) => clusterParts(d.cluster)?.host));
  const own = hosts.size === 1 && t.request.host.startsWith([...hosts][0] ?? ' ');
  return own && e.subset ? e.subset : e.subset ? `${whereOf(e)} (${e.subset})` : whereOf(e);
}

/** `mutual TLS PERMISSIVE -> STRICT: ` where that is why. */
function modesText(old: Trace, now: Trace): string {
  const changes = bothArrivals(old, now).flatMap((both) => {
    const change = modeChange(both, old, now);
    return change ? [change] : [];
  });
  const text = (at: 0 | 1) => [...new Set(changes.map((m) => m[at]))].sort().join(' and ');
  return changes.length === 0 ? '' : `mutual TLS ${text(0)} -> ${text(1)}: `;
}
