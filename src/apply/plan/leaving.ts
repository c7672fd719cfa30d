import { ApiError } from '../../cluster/api-error';
import { pause } from '../../cluster/pause';
import type { Cluster } from '../../cluster/transport';
import { isNamespace } from '../../order/facts/references';
import type { SetName } from '../apply-set';
import type { Live } from '../live';
import { Teller, type WaitOptions } from '../wait';
import { elsewhere } from './obstacles';
import type { Plan } from './plan';
import type { PlannedObject, Refusal } from './planned-object';

/**
 * Namespaces that are being deleted and take nothing new: those of what is to be there, and that of the set's list. What comes anew
 * with the files is worth a wait ({@link untilGone}); the others are for somebody to make.
 */
export function leaving(planned: readonly PlannedObject[], live: Live, set: SetName): Refusal[] {
  const { namespace } = set;
  const staying = planned.filter((p) => p.action !== 'delete').map((p) => p.manifest);
  const made = new Set(staying.filter(isNamespace).map((m) => m.name));
  const used = new Set([...staying.map((m) => m.namespace), ...made, namespace]);
  return [...live.objects.values()].flatMap(({ key, manifest }): Refusal[] => {
    const { name: n, object } = manifest;
    if (!isNamespace(manifest) || !object.metadata.deletionTimestamp || !used.has(n)) return [];
    const refused = (message: string) => ({
      key,
      what: `Namespace/${n}`,
      message: `is being deleted${heldText(object)}, ${message}`,
    });
    if (n === namespace)
      return [
        refused(
          `and the list of what is applied goes with it: make it anew when it is gone, and apply again; or have the list in another: ${elsewhere(set, live)}`,
        ),
      ];
    if (!made.has(n))
      return [
        refused(
          'and takes nothing new; nobody makes it anew: add it to what is applied, or make it when it is gone, and apply again',
        ),
      ];
    return [{ ...refused('and takes nothing new: mesh apply waits until it is gone, and makes it anew'), leaving: n }];
  });
}

/** Refusals without those of what goes with a namespace that is waited for: there is nothing of it when that is gone. */
export function withoutLeaving(refusals: readonly Refusal[], others: readonly Refusal[]): Refusal[] {
  const going = new Set(refusals.flatMap((r) => r.leaving ?? []));
  const isIn = (what: string) => {
    const [, namespace, name] = what.split('/');
    return name !== undefined && going.has(namespace!);
  };
  return [...others.filter((r) => !isIn(r.what)), ...refusals];
}

/** The namespaces that a plan has to wait for; none where something else is refused, too: that does not get better by waiting. */
export const waitsFor = ({ refusals }: Plan): readonly string[] =>
  refusals.every((r) => r.leaving !== undefined) ? refusals.map((r) => r.leaving!) : [];

/** Between two looks, in milliseconds. */
const AGAIN = 1000;

/**
 * Waits until namespaces that are being deleted are gone, or there anew: then plan again.
 * @returns those that were not when the time was over, with what holds them
 */
export async function untilGone(
  cluster: Cluster,
  namespaces: readonly string[],
  { timeout, progress, signal }: Omit<WaitOptions, 'reason'>,
): Promise<ReadonlyMap<string, string>> {
  const left = new Map(namespaces.map((n) => [`Namespace/${n}`, GOING]));
  const teller = new Teller(() => progress?.(left));
  const until = Date.now() + timeout;
  try {
    for (;;) {
      for (const what of [...left.keys()]) {
        signal?.throwIfAborted();
        const live = await look(cluster, what);
        const why = live?.metadata.deletionTimestamp ? `${GOING}${heldText(live)}` : undefined;
        if (why === left.get(what)) continue;
        if (why === undefined) left.delete(what);
        else left.set(what, why);
        teller.changed();
      }
      if (left.size === 0 || Date.now() >= until) return left;
      await pause(Math.min(AGAIN, until - Date.now()), signal);
    }
  } finally {
    teller.end();
  }
}

const GOING = 'is being deleted';

/** A namespace as it is now; nothing where it is not there. */
const look = (cluster: Cluster, what: string): Promise<any> =>
  cluster.send({ method: 'GET', path: `/api/v1/namespaces/${encodeURIComponent(what.split('/')[1]!)}`, what }).then(
    ({ body }) => body,
    (e) => (e instanceof ApiError && e.status === 404 ? undefined : Promise.reject(e)),
  );

/** A plan that has waited in vain. */
export const stillThere = (plan: Plan, left: ReadonlyMap<string, string>, timeout: number): Plan => ({
  ...plan,
  refusals: plan.refusals.map((r) =>
    left.has(r.what)
      ? {
          ...r,
          message: `${left.get(r.what)}, and was not gone after ${timeout / 1000} s: see to what holds it, or wait longer (--timeout), and apply again`,
        }
      : r,
  ),
});

/** What holds a namespace: finalizers, what is left in it. Source: k8s.io/api/core/v1, NamespaceConditionType. */
function heldText({ metadata, spec, status }: any): string {
  const own: readonly string[] = [...(metadata.finalizers ?? []), ...(spec?.finalizers ?? [])].filter((f) => f !== 'kubernetes');
  const said = (status?.conditions ?? []).filter((c: any) => c.status === 'True').map((c: any) => c.message || c.reason);
  const all = [...(own.length > 0 ? [`its finalizers ${own.join(', ')}`] : []), ...said];
  return all.length > 0 ? ` (held by: ${all.join('; ')})` : '';
}
