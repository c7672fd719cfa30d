import type { ApiError, Cause } from '../../cluster/api-error';
import type { Cluster } from '../../cluster/transport';
import { nameText } from '../named';
import type { PlannedObject } from './planned-object';
import { transitionCauses } from './transition-rules';

/** Fields that cannot change once an object is there. */
export interface Unchangeable {
  /** Which they are, and the way out. */
  readonly message: string;
  /** Which they are, alone. */
  readonly cause: string;
  /** Whether the object would be refused for something else if it were made anew. */
  readonly isRefusedAnew: boolean;
}

/** The fields for which the server refuses a change, since they cannot change; nothing where it refuses it for others alone. */
export async function unchangeable(
  cluster: Cluster,
  { live, manifest, resource }: PlannedObject,
  e: ApiError,
): Promise<Unchangeable | undefined> {
  const byRule = live && e.immutable.length < e.causes.length ? await transitionCauses(cluster, resource!, e) : [];
  const fixed = [...new Set([...e.immutable, ...byRule])];
  if (fixed.length === 0) return undefined;
  const besides = e.causes.filter((c) => !fixed.includes(c)).map((c) => `${c.field}: ${c.message}`);
  const which = fixed.map((c) => fixedText(c, byRule.includes(c))).join('; ');
  const others = besides.length > 0 ? `; but it would be refused anew, too: ${besides.join('; ')}` : '';
  return {
    message: `${which}: ${wayOut(manifest.kind, nameText(manifest))}${others}`,
    cause: which,
    isRefusedAnew: besides.length > 0,
  };
}

/** Which field cannot change; a rule of its kind may allow other changes of it. */
function fixedText({ field = '', message }: Cause, byRule: boolean): string {
  const what = field.replace('<nil>', '') || 'it';
  return byRule ? `${what} cannot change so once it is there (${message})` : `${what} cannot change once it is there`;
}

/** What to do about an object that cannot change. */
function wayOut(kind: string, what: string): string {
  const anew = `--replace ${what} deletes it and makes it anew`;
  if (kind === 'Job') return `${anew}, which runs it again; or give the Job another name for another run`;
  if (kind === 'StatefulSet')
    return `${anew} with its pods, whose volumes stay; or delete it alone, kubectl delete statefulset ${what.split('/').at(-1)} --cascade=orphan, and apply`;
  return `${anew}, and it is missing in between`;
}
