import { PART_OF, runText } from '../../apply/apply-set';
import { partsOf } from '../../apply/named';
import { counted } from '../../apply/plan/folded';
import { type Drift, type DriftKind, type Ownership, type Status, status } from '../../apply/status';
import type { Cluster } from '../../cluster/transport';
import { valueText } from '../../fields/field-lines';
import { listed } from '../../values/listed';
import { answerOfEach, type ClusterArgs, type Coming, planOptions, withComing } from '../cluster';
import { color, columns, EXIT, print, progress, progressDone } from '../output';

/** Options of `mesh status`. */
export interface StatusArgs extends ClusterArgs {
  /** Whether each object and field is shown, however many there are. */
  readonly all: boolean;
}

/** Says what is not as the files say. */
export async function statusCommand(a: StatusArgs): Promise<number> {
  return withComing(a.path, (coming) =>
    answerOfEach(a, async (cluster, answer) => {
      const s = await read(a, cluster, coming);
      if (a.json) answer(s);
      else print(statusText(s, cluster.access.context, a.all));
      if (s.drift.some((d) => d.kind === 'hidden')) return EXIT.failure;
      const drift = s.drift.some((d) => d.kind !== 'weights');
      return drift || s.interrupted ? EXIT.findings : EXIT.clean;
    }),
  );
}

async function read(a: StatusArgs, cluster: Cluster, { manifests }: Coming): Promise<Status> {
  const options = planOptions(a, cluster);
  if (!a.json) progress(`reading ${cluster.access.context}`);
  try {
    return await status(cluster, manifests, options);
  } finally {
    if (!a.json) progressDone();
  }
}

/** Of a kind of drift, so many objects are shown; and so many with fields of others. */
const OBJECTS = 20;
/** Of an object, so many fields that differ; and of another owner. */
const [FIELDS, OWNED] = [8, 4];

const fieldsText = (fields: readonly string[], all: boolean): string => listed(fields, all ? fields.length : OWNED);

/** What is said of one object, and of many. */
const WORDS: Readonly<Record<DriftKind, readonly [one: string, many: string]>> = {
  missing: ['is missing', 'are missing'],
  changed: ['is not applied as the files say it now', 'are not applied as the files say them now'],
  edited: ['was edited by hand', 'were edited by hand'],
  stolen: ['has fields that others own', 'have fields that others own'],
  unfit: ['cannot be applied', 'cannot be applied'],
  extra: ['is in no file any more', 'are in no file any more'],
  going: ['is on its way out', 'are on their way out'],
  foreign: ['is not of this set', 'are not of this set'],
  hidden: ['is not known', 'are not known'],
  'not ready': ['is not ready', 'are not ready'],
  weights: ['has weights of a controller', 'have weights of a controller'],
};

function statusText(s: Status, context: string, all: boolean): string {
  const out = [`${color.bold(`set ${s.set}`)} on ${context}${s.known === false ? ': never applied' : ''}`];
  if (s.interrupted) out.push(color.yellow(`${runText(s.interrupted)}: mesh apply goes on with it`));
  out.push(...driftText(s.drift, all), ...sharedText(s.shared, all));
  for (const n of s.notes) out.push(`${color.yellow('note')} ${n}`);
  const hidden = s.drift.filter((d) => d.kind === 'hidden').length;
  const not = s.drift.filter((d) => d.kind !== 'weights' && d.kind !== 'hidden').length;
  out.push(`${s.asTheyAre} as in the files, ${not} not${hidden > 0 ? `, ${hidden} not known` : ''}`);
  return out.join('\n');
}

/** What differs, object by object; where many do in the same way, how many. */
function driftText(drift: readonly Drift[], all: boolean): string[] {
  const told = new Map<DriftKind, number>();
  const more: Drift[] = [];
  const out = drift.flatMap((d) => {
    const n = (told.get(d.kind) ?? 0) + 1;
    told.set(d.kind, n);
    if (all || n <= OBJECTS) return objectText(d, all);
    more.push(d);
    return [];
  });
  const counts = counted(more.map((d) => ({ object: partsOf(d.object), said: d.kind }))).map(
    ({ count, objects, said }) => `${count} more ${objects} ${WORDS[said as DriftKind][count === 1 ? 0 : 1]}`,
  );
  return [...out, ...counts, ...(counts.length > 0 ? [color.dim('    --all shows each of them')] : [])];
}

function objectText(d: Drift, all: boolean): string[] {
  const title = d.kind === 'weights' ? color.dim(d.object) : color.yellow(d.object);
  const changes = all ? d.changes : d.changes.slice(0, FIELDS);
  return [
    `${title} ${WORDS[d.kind][0]}${d.message ? `: ${d.message}` : ''}`,
    ...changes.map((c) =>
      c.path.endsWith(`.${PART_OF}`)
        ? `    the label ${PART_OF}, by which the set knows it, is ${c.live === undefined ? 'missing' : valueText(c.live)}`
        : `    ${c.path}: ${valueText(c.live)} ${color.dim('here, and in the files')} ${valueText(c.desired)}`,
    ),
    ...(changes.length < d.changes.length
      ? [color.dim(`    and ${d.changes.length - changes.length} more: --all shows them`)]
      : []),
    ...d.conflicts.map((c) => `    ${c.path} is ${c.manager}'s${c.time ? ` since ${c.time}` : ''}`),
  ];
}

/** Who besides the set owns fields; where they are many, of how many objects. */
function sharedText(shared: readonly Ownership[], all: boolean): string[] {
  if (shared.length === 0) return [];
  const first = all ? shared : shared.slice(0, OBJECTS);
  const more = shared.slice(first.length).flatMap((x) => x.managers.map((m) => ({ object: partsOf(x.object), said: m.manager })));
  return [
    color.dim('others own fields of'),
    columns(
      first.flatMap((x) =>
        x.managers.map((m) => [
          x.object,
          `${m.manager} (${m.operation}${m.time ? `, ${m.time}` : ''})`,
          fieldsText(m.fields, all),
        ]),
      ),
      '  ',
    ),
    ...counted(more).map(({ count, objects, said }) => `  ${count} more ${objects}: ${said}`),
    ...(more.length > 0 ? [color.dim('    --all shows each of them')] : []),
  ];
}
