import { ApiError } from '../../cluster/api-error';
import { pathOf } from '../../cluster/discovery';
import type { Call } from '../../cluster/request';
import type { Cluster } from '../../cluster/transport';
import { appliedTo } from '../../fields/applied';
import { content } from '../../fields/content';
import { answered, leafChanges, shownChanges, valueText, veiled } from '../../fields/field-lines';
import { appliedBy } from '../../fields/managed-fields';
import { placeText } from '../../manifests/manifest';
import { isEqual } from '../../values/equal';
import { isNamed, type Named, nameText } from '../named';
import { yieldedBy } from '../owners';
import { isCrd, kindOfCrd } from './desired';
import type { PlannedObject, Refusal } from './planned-object';
import { unchangeable } from './unchangeable';

/** What the server's answers are written to, and what they depend on. */
interface Answers {
  /** Whether all objects are asked about, or those changes alone that only the server can tell. */
  readonly all: boolean;
  readonly replace: readonly Named[];
  readonly refusals: Refusal[];
  readonly notes: string[];
  /** Namespaces that come with the plan: what is in them cannot be asked about before. */
  readonly coming: ReadonlySet<string>;
}

/** Istio's kinds are kept as they are written; of others the server fills in and rewrites fields, and fixes some for good. */
const KEPT_AS_WRITTEN = /\.istio\.io$/;

/** Asks the server what it would make of the changes, and nothing is written. */
export async function dryRun(
  cluster: Cluster,
  manager: string,
  planned: readonly PlannedObject[],
  answers: Answers,
): Promise<PlannedObject[]> {
  const refused = new Set(answers.refusals.map((r) => r.key));
  const growing = new Set<string>();
  const note = (text: string) => void (answers.notes.includes(text) || answers.notes.push(text));
  const refuse = (p: PlannedObject, why: Pick<Refusal, 'message' | 'cause'>) => {
    answers.refusals.push({ key: p.key, what: nameText(p.manifest), place: placeText(p.manifest.place()), ...why });
    return p;
  };
  // what the write will see, or what the server cannot know yet
  const isNoAnswer = (e: ApiError, { action, manifest: m }: PlannedObject) =>
    (e.isUnknownField && growing.has(`${m.group}/${m.kind}`)) ||
    (e.status === 409 && action === 'take over' && e.conflicts.length === 0) ||
    (e.status === 404 && e.about === 'namespaces' && answers.coming.has(m.namespace));
  const asked = async (p: PlannedObject): Promise<PlannedObject> => {
    const isKept = p.action === 'keep';
    if (!p.resource || p.unread !== undefined || refused.has(p.key)) return p;
    if (!answers.all && (isKept || p.action === 'create' || KEPT_AS_WRITTEN.test(p.manifest.group))) return p;
    try {
      const { body, warnings } = await ask(cluster, manager, p);
      for (const w of warnings) note(`${nameText(p.manifest)}: the server warns: ${w}`);
      if (!p.live || !isUnchanged(p, body, manager)) return isKept ? otherwise(p, body) : withAnswer(p, body);
      answers.notes.push(...madeOf(p));
      return { ...p, action: 'keep' };
    } catch (e) {
      if (!(e instanceof ApiError)) throw e;
      if (e.status === 403 && !e.isTerminating) {
        note('the server was not asked by dry run, since you may not write: changes are those of our own comparison');
        return p;
      }
      if (isKept) {
        answers.notes.push(`${nameText(p.manifest)} is as in the files, and would be refused if it were written now: ${e.said}`);
        return p;
      }
      if (isNoAnswer(e, p)) return p;
      const fixed = await unchangeable(cluster, p, e);
      if (!fixed) return refuse(p, { message: `is refused: ${e.said}` });
      if (isNamed(answers.replace, p.manifest) && !fixed.isRefusedAnew) return { ...p, action: 'replace' };
      return refuse(p, { message: fixed.message, cause: fixed.cause });
    }
  };
  // which kinds may come to have fields is known before their objects are asked about
  const kinds = new Map<PlannedObject, PlannedObject>();
  const learn = async (p: PlannedObject) => {
    const kind = await asked(p);
    kinds.set(p, kind);
    if (kind.action !== 'keep') growing.add(kindOfCrd(p.manifest));
  };
  await Promise.all(planned.filter((p) => isCrd(p.manifest)).map(learn));
  return Promise.all(planned.map((p) => kinds.get(p) ?? asked(p)));
}

/** What the server would make of it. What is taken over cannot be asked about as it is written, in two requests: the outcome is. */
function ask(cluster: Cluster, manager: string, p: PlannedObject) {
  const { live, manifest, resource, body } = p;
  const yielding = p.action === 'take over' ? yieldedBy(live?.manifest.object, p.former ?? {}) : [];
  if (!live || yielding.length === 0) return apply(cluster, manager, p, { dryRun: 'All' });
  return cluster.send({
    method: 'PUT',
    path: pathOf(resource!, manifest.namespace, manifest.name),
    query: { fieldManager: manager, fieldValidation: 'Strict', dryRun: 'All' },
    body: appliedTo(live.manifest.object, body, manager, yielding),
    what: nameText(manifest),
  });
}

/** Sends one object by server-side apply. Fields that no type knows are errors. */
export function apply(
  cluster: Cluster,
  manager: string,
  { manifest, body, live, force, resource, before }: Sent,
  query: { readonly dryRun?: 'All' } = {},
) {
  return cluster.send({
    method: 'PATCH',
    path: pathOf(resource!, manifest.namespace, manifest.name),
    query: { fieldManager: manager, force: force || undefined, fieldValidation: 'Strict', ...query },
    contentType: 'application/apply-patch+yaml',
    // what is taken from others is taken as it was seen, and nothing besides
    body: force && live ? { ...body, metadata: { ...body!.metadata, resourceVersion: live.resourceVersion } } : body,
    what: nameText(manifest),
    ...(before ? { before } : {}),
  });
}

type Sent = Pick<PlannedObject, 'manifest' | 'body' | 'live' | 'force' | 'resource'> & Pick<Call, 'before'>;

/** Whether the server would keep the object as it is, and ours. */
function isUnchanged(p: PlannedObject, result: any, manager: string): boolean {
  const before = p.live!.manifest.object;
  const own = (o: any) => appliedBy(o, manager)?.fieldsV1;
  // a controller that moves weights owns what it writes
  const isOurs = p.weights !== undefined || isEqual(own(before), own(result));
  return (p.action === 'change' || p.action === 'keep') && isOurs && isEqual(content(before), content(result));
}

/** Of fields that the server makes something else of than the files say: a webhook, most often. */
function madeOf({ manifest, comparison }: PlannedObject): string[] {
  const changes = shownChanges(manifest, comparison?.changes ?? []).filter(
    (c) => c.live !== undefined && c.desired !== undefined,
  );
  if (changes.length === 0) return [];
  const told = changes.slice(0, MADE).map((c) => `${c.path} is ${valueText(c.live)}, and not ${valueText(c.desired)}`);
  const more = changes.length > MADE ? [`and ${changes.length - MADE} more fields`] : [];
  return [
    `${nameText(manifest)} stays as it is, though the files say otherwise: the server, or a webhook that it asks, has the last word: ${[...told, ...more].join(', ')}`,
  ];
}

/** Of fields so many are told. */
const MADE = 3;

/** With what the server says of it. */
const withAnswer = (p: PlannedObject, result: any): PlannedObject =>
  p.live && p.comparison
    ? { ...p, result, comparison: answered(p.manifest, p.comparison, p.live.manifest.object, result) }
    : { ...p, result };

/** What is as the files say, and that the server (a webhook, a default) would make something else of today. */
function otherwise(p: PlannedObject, result: any): PlannedObject {
  const before = p.live!.manifest.object;
  const changes = leafChanges('', content(before), content(result));
  return {
    ...p,
    action: 'change',
    result,
    comparison: veiled(p.manifest, { changes, unowned: [], conflicts: [], kept: [] }),
  };
}
