import { type FieldTree, managersOf } from '../fields/managed-fields';
import { notSaid } from '../fields/not-said';
import { ISTIO } from '../order/settling';
import { listed } from '../values/listed';
import { nameText } from './named';
import { yieldedBy } from './owners';
import type { PlannedObject } from './plan/planned-object';

/** Under which people write with kubectl. Source: kubectl's commands, their default of --field-manager. */
export const BY_HAND = /^kubectl(-(?!client-side-apply$|last-applied$).*)?$/;

/** An object of the files, and as it is in the cluster. */
type Both = Pick<PlannedObject, 'live' | 'body'>;

/**
 * Fields of an object of Istio's that no file says and somebody wrote by hand; nothing where there is none. They mean something
 * together: one more in a policy may turn what the files say about.
 */
export function addedByHand({ live, body }: Both): string | undefined {
  if (!live || !ISTIO.test(live.manifest.group)) return undefined;
  const hands = managersOf(live.manifest.object).filter(
    (by) => !by.subresource && by.operation === 'Update' && BY_HAND.test(by.manager),
  );
  const said = hands.flatMap((by) => {
    const fields = foreign(by.fieldsV1, body);
    return fields.length > 0 ? [`${fields.join(', ')} (${by.manager}${by.time ? `, ${by.time}` : ''})`] : [];
  });
  return said.length > 0 ? `no file says ${said.join('; ')}: write it into the files, or take it out by hand` : undefined;
}

/** {@link addedByHand} of several, as notes. */
export const notesByHand = (objects: readonly Both[]): string[] =>
  objects.flatMap((x) => {
    const added = addedByHand(x);
    return added === undefined ? [] : [`${nameText(x.live!.manifest)} was edited by hand, which stays: ${added}`];
  });

/** Of objects that are taken over: what others have of them that no file says, and keep. */
export const notesOfOthers = (objects: readonly PlannedObject[], manager: string): string[] =>
  objects.flatMap(({ action, live, body, manifest, former }) => {
    if (action !== 'take over' || !live) return [];
    const yielded = yieldedBy(live.manifest.object, former ?? {}).map((m) => m.manager);
    const others = managersOf(live.manifest.object).filter(
      (m) => !m.subresource && m.manager !== manager && !yielded.includes(m.manager) && !BY_HAND.test(m.manager),
    );
    return others.flatMap((m) => {
      const fields = foreign(m.fieldsV1, body, /^\.(metadata\.(?!labels|annotations)|status)\b/);
      return fields.length > 0
        ? [
            `${nameText(manifest)} keeps what ${m.manager} has of it and no file says: ${listed(fields, FIELDS)}; write it into the files, or take it out by hand`,
          ]
        : [];
    });
  });
/** So many fields are told of one. */
const FIELDS = 4;

const foreign = (tree: FieldTree | undefined, body: unknown, but = /^\.(metadata|status)\b/): string[] =>
  notSaid(tree, body).filter((f) => !but.test(f));
