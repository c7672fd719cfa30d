export { type Paint, PLAIN, refText } from './paint';

import { objectText } from '../model/config';
import type { Unknown } from '../model/not-understood';
import type { AgeDoubt } from './age-doubts';
import type { Arrival } from './arrival';
import { type Effect, effectsOf } from './effects-text';
import type { Ending } from './ending';
import type { Trace } from './flow';
import { shareText } from './fraction';
import type { Hop } from './hops';
import type { Step } from './outcome';
import { type Paint, PLAIN, refText } from './paint';

/** A trace for people: the way of the request, what decided, what was passed over, and how it ends. */
export function traceText(t: Trace, paint: Paint = PLAIN, all = false): string {
  const { request: r, client } = t;
  const lines = [
    `${paint.bold(client.name)}  ${t.datagrams ? 'sends datagrams to' : isBytes(r) ? 'connects to' : r.method} ${r.host}${r.host.endsWith(`:${r.port}`) ? '' : `:${r.port}`}${t.datagrams || isBytes(r) ? '' : r.path}`,
  ];
  for (const [name, values] of Object.entries(r.headers)) lines.push(paint.dim(`    ${name}: ${values.join(', ')}`));
  if (t.outbound) {
    lines.push('', paint.bold(client.proxy === 'gateway' ? 'at the gateway' : "at the client's proxy"));
    for (const s of t.outbound.steps) lines.push(...stepLines(s, paint, all));
    lines.push(...effectsOf(t).flatMap((e) => effectLines(e, paint)));
  }
  if (t.datagrams) {
    const text = `port ${r.port} is UDP, and proxies take TCP alone: no route, no mutual TLS, no policy of the mesh is asked`;
    lines.push('', paint.bold('past the mesh'), ...stepLines({ text, by: t.past! }, paint, all));
  } else if (t.past) {
    const step = { text: `connections to port ${r.port} go past it`, by: t.past };
    lines.push('', paint.bold("at the client's proxy"), ...stepLines(step, paint, all));
  }
  const seen = new Set<string>();
  for (const a of t.arrivals) {
    if (!a.endpoint.workload || t.datagrams) continue;
    const steps = stepsAt(a);
    if (steps.length === 0) continue;
    const name = `${a.endpoint.workload.namespace}/${a.endpoint.workload.config.name}`;
    const text = steps.flatMap((s) => stepLines(s, paint, all));
    const key = name + text.join();
    if (seen.has(key)) continue;
    seen.add(key);
    lines.push('', paint.bold(`at ${name}`) + paint.dim(a.mutualTls ? '  by mutual TLS' : '  in plain text'), ...text);
  }
  lines.push('', paint.bold('ends'), ...t.endings.map((e) => endingLine(e, paint, t.datagrams ? ['sent', 'lost'] : undefined)));
  for (const u of t.unknown)
    lines.push('', `${paint.red('not understood')} ${u.reason}`, ...(u.by ? [`      ${paint.cyan(refText(u.by))}`] : []));
  for (const d of t.ageDoubts ?? []) lines.push('', ...ageLines(t, d, paint));
  return lines.join('\n');
}

/** Whether it is said as a connection: bytes that are no HTTP, nor TLS. */
const isBytes = ({ tls, alpn }: Trace['request']) => !tls && alpn.length === 0;

/** What the sidecar of a workload does, or that it gets nothing of the request. */
function stepsAt({ outcome, past, endpoint }: Arrival): readonly Step[] {
  if (past) return [{ text: `connections to port ${endpoint.port} go past its sidecar`, by: past }];
  return outcome?.steps ?? [];
}

/** What is not understood, in one line. */
export const unknownText = ({ reason, by }: Unknown): string => `not understood: ${reason}${by ? `  ${refText(by)}` : ''}`;

/** Which age decides, in one line. */
export const ageText = (d: Pick<AgeDoubt, 'older' | 'younger'>): string => `depends on which is older: ${agesText(d)}`;
const agesText = ({ older, younger }: Pick<AgeDoubt, 'older' | 'younger'>) =>
  `${objectText(older)} counts as older than ${objectText(younger)}, for want of creationTimestamps`;

function ageLines(t: Trace, d: AgeDoubt, paint: Paint): string[] {
  const { older, younger, otherwise } = d;
  const [now, other] = [t, otherwise].map((x) => x.endings.map((e) => endingLine(e, paint)));
  const same = now!.join() === other!.join();
  return [
    `${paint.red('depends on which is older')} ${agesText(d)}; the other way round${same ? ' other settings hold on the way' : ''}`,
    ...[older, younger].map((m) => `      ${paint.cyan(refText({ manifest: m, path: ['metadata'] }))}`),
    ...(same ? [] : other!),
  ];
}

/** A flow for people: each hop's trace, and which headers a service did not pass on. */
export function hopsText(all: readonly Hop[], paint: Paint = PLAIN, everything = false): string {
  return all
    .map(({ share, trace: t, lost }, i) => {
      const from = i === 0 ? '' : `${paint.bold(`then, for ${shareText(share)} of the requests`)}\n`;
      const gone = lost.length > 0 ? `${paint.red(`lost on the way: ${lost.join(', ')}`)}\n` : '';
      return from + gone + traceText(t, paint, everything);
    })
    .join('\n\n');
}

/** Flows of several clients for people: who gets which of the answers, then each. */
export function answersText(answers: readonly (readonly Hop[])[], paint: Paint = PLAIN, everything = false): string {
  const each = answers.map((hops) => hopsText(hops, paint, everything));
  if (each.length === 1) return each[0]!;
  const who = answers.map((hops, i) => `  ${i + 1}  ${hops[0]!.trace.client.name}`);
  return [[`${answers.length} answers, by who asks`, ...who].join('\n'), ...each].join('\n\n');
}

const effectLines = ({ text, by }: Effect, paint: Paint): string[] => [
  `  ${paint.dim('·')} ${text}`,
  ...(by ? [`      ${paint.cyan(refText(by))}`] : []),
];

function stepLines(s: Step, paint: Paint, all: boolean): string[] {
  const out = [`  ${paint.green('>')} ${s.text}`];
  if (s.by) out.push(`      ${paint.cyan(refText(s.by))}`);
  const passed = s.passedOver ?? [];
  const shown = all ? passed : passed.slice(0, 8);
  for (const p of shown) {
    const name = p.name ? `"${p.name}" ` : '';
    out.push(paint.dim(`      x ${name}${p.reason}${p.by ? `  ${refText(p.by)}` : ''}`));
  }
  if (passed.length > shown.length) out.push(paint.dim(`      x ${passed.length - shown.length} more (--all)`));
  return out;
}

const CONNECTION = ['connected', 'closed'] as const;

/** `  90 %  200  shop/reviews-v1 (v1)` */
export function endingLine(e: Ending, paint: Paint = PLAIN, [came, went]: readonly [string, string] = CONNECTION): string {
  const status = e.status === undefined ? (e.reason ? went : came) : `${e.status}${e.flags ? ` ${e.flags}` : ''}`;
  const good = e.status === undefined ? !e.reason : e.status < 400;
  const share = shareText(e.share).padStart(9);
  return `${share}  ${good ? paint.green(status) : paint.red(status)}  ${e.where}${e.subset ? ` (${e.subset})` : ''}${e.maybe ? ', or not: its pods differ' : ''}${e.reason ? `  ${e.reason}` : ''}`;
}
