import { objectText, type Ref } from '../model/config';
import { endingLine, type Paint, PLAIN, refText } from '../trace/steps-text';
import { shellWord } from '../values/shell-word';
import type { Age, Difference, Witness } from './diff';

/** More names than these are counted. */
const NAMES = 3;
/** More places than these are counted. */
const PLACES = 3;

const list = (names: readonly string[], what: string): string =>
  names.length <= NAMES ? names.join(', ') : `${names.length} ${what}`;

/** Who asks whom, and how: `shop/page -> reviews.shop, header end-user alice`; nothing for new objects. */
export function subjectText(d: Difference): string {
  if (d.clients.length === 0) return '';
  const who = d.everyClient ? 'every client' : list(d.clients, 'clients');
  const more = d.alsoWhen > 0 ? ` (and ${d.alsoWhen} more ${d.alsoWhen === 1 ? 'kind' : 'kinds'} of requests)` : '';
  return `${who} -> ${list(d.hosts, 'hosts')}${d.when.map((w) => `, ${w}`).join('')}${more}`;
}

/**
 * The request as one types it: `mesh trace --from shop/page --to reviews.shop.svc.cluster.local --port 9080 -H 'end-user: alice'`.
 * @param files of the command line: ` dist`
 */
export function requestText({ client, request: r }: Witness, files = ''): string {
  const [, gateway] = /^gateway (.*)$/.exec(client) ?? [];
  const [from, , address] = /^(outside)( \(from (.*)\))$/.exec(client)?.slice(1) ?? [gateway ? `gateway:${gateway}` : client];
  const out = [`mesh trace${files}`, '--from', from!, '--to', r.host, '--port', String(r.port)];
  if (r.path !== '/') out.push('--path', shellWord(r.path));
  if (r.method !== 'GET') out.push('--method', r.method);
  for (const [k, values] of Object.entries(r.headers)) for (const v of values) out.push('-H', shellWord(`${k}: ${v}`));
  if (r.tls) out.push('--tls');
  if (r.tls && r.sni !== r.host && r.sni) out.push('--sni', r.sni);
  if (!r.tls && r.alpn.length === 0) out.push('--alpn', 'none');
  if (address) out.push('--address', address);
  return out.join(' ');
}

/**
 * All differences for people: one line each, with an example and the fields that decided.
 * @param files by which the example is tried, as the command line has them: ` dist`
 */
export function diffText(differences: readonly Difference[], paint: Paint = PLAIN, files = ''): string {
  if (differences.length === 0) return 'no difference for any request';
  return differences.map((d) => [headText(d, paint), ...detailLines(d, paint, files)].join('\n')).join('\n');
}

function headText(d: Difference, paint: Paint): string {
  const subject = subjectText(d);
  return subject === '' ? paint.bold(d.text) : `${paint.bold(subject)}: ${changeText(d.text, paint)}`;
}

/** Which age a difference rests on. */
export const ageText = ({ older, younger, isNew }: Age): string =>
  `${objectText(older)} counts as older than ${objectText(younger)}, ${isNew ? 'which is new' : 'for want of creationTimestamps'}`;

/** What was in red, what is in green. */
function changeText(text: string, paint: Paint): string {
  const at = text.indexOf(' -> ');
  return at < 0 || text.indexOf(' -> ', at + 1) >= 0
    ? text
    : `${paint.red(text.slice(0, at))} -> ${paint.green(text.slice(at + 4))}`;
}

function detailLines(d: Difference, paint: Paint, files: string): string[] {
  const out: string[] = [];
  if (d.witness) {
    out.push(`    ${paint.dim(requestText(d.witness, files))}`);
    if (d.aspect === 'ends') {
      out.push(...d.witness.old.map((e) => `    ${paint.dim(`- ${endingLine(e).trim()}`)}`));
      out.push(...d.witness.now.map((e) => `    ${paint.dim(`+ ${endingLine(e).trim()}`)}`));
    }
  }
  const places = (sign: string, refs: readonly Ref[]) => {
    for (const r of refs.slice(0, PLACES)) out.push(`    ${sign} ${paint.cyan(refText(r).replace('   ', '  '))}`);
    if (refs.length > PLACES) out.push(`    ${sign} and ${refs.length - PLACES} more`);
  };
  places('old', d.places.old);
  places('new', d.places.now);
  out.push(...d.ages.map((a) => `    ${paint.red('depends on which is older')} ${ageText(a)}`));
  return out;
}
