import type { Rung, Summary } from '../synth/summary';
import { color, columns } from './output';

/** `reviews.bookinfo` of `reviews.bookinfo.svc.cluster.local`. */
export const short = (host: string): string => host.replace(/\.svc\..*$/, '');

/** A host's ladder as text. */
export function renderLadder(h: Summary['hosts'][number]): string {
  const outcome = (r: Rung) => (r.unreachedFor ? `${r.outcome} (not reached: "${r.unreachedFor}" takes all)` : r.outcome);
  const rung = (r: Rung) => [r.tier, r.name, r.when, '->', outcome(r), r.source ?? r.construct];
  const rows = [
    ...[...h.rules, ...(h.connections ?? [])].map(rung),
    ...h.overlays.map((o) => [
      `+ ${o.tier}`,
      o.name,
      o.over === 'base' ? `${o.when} (releases and default)` : o.when,
      '->',
      o.outcome,
      o.source ?? o.construct,
    ]),
  ];
  const asked = h.clientHosts ? ` for ${h.clientHosts.join(', ') || 'no host'}` : '';
  return [
    `  ${color.cyan(short(h.host))}${asked}`,
    columns(rows, '    '),
    ...(h.notes ?? []).map((n) => `    ${n.message}  ${n.place ?? n.construct}`),
  ].join('\n');
}
