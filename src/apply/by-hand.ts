import { fieldsOf, managersOf } from '../fields/managed-fields';
import type { Manifest } from '../manifests/manifest';
import { ISTIO } from '../order/settling';
import { nameText } from './named';

/** Under which people write with kubectl. Source: kubectl's commands, their default of --field-manager. */
export const BY_HAND = /^kubectl(-(?!client-side-apply$|last-applied$).*)?$/;

/**
 * Fields of an object of Istio's that no file says and somebody wrote by hand; nothing where there is none. They mean something
 * together: one more in a policy may turn what the files say about.
 */
export function addedByHand(m: Manifest, manager: string): string | undefined {
  if (!ISTIO.test(m.group)) return undefined;
  const all = managersOf(m.object).filter((by) => !by.subresource);
  const hands = all.filter((by) => by.operation === 'Update' && BY_HAND.test(by.manager));
  if (hands.length === 0) return undefined;
  const own = new Set(all.filter((by) => by.manager === manager).flatMap((by) => fieldsOf(by.fieldsV1)));
  const said = hands.flatMap((by) => {
    const fields = fieldsOf(by.fieldsV1).filter((f) => !own.has(f) && !/^\.(metadata|status)\b/.test(f));
    return fields.length > 0 ? [`${fields.join(', ')} (${by.manager}${by.time ? `, ${by.time}` : ''})`] : [];
  });
  return said.length > 0 ? `no file says ${said.join('; ')}: write it into the files, or take it out by hand` : undefined;
}

/** {@link addedByHand} of several, as notes. */
export const notesByHand = (objects: readonly Manifest[], manager: string): string[] =>
  objects.flatMap((m) => {
    const added = addedByHand(m, manager);
    return added === undefined ? [] : [`${nameText(m)} was edited by hand, which stays: ${added}`];
  });
