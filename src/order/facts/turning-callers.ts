import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { isEqual } from '../../values/equal';
import { audienceOf, type Callers, sees } from './audience';
import type { HasProxy, Turning } from './proxies';
import { podLabels } from './readiness';
import { type Fact, hostsOf, isRoutes, isService, list, NOTHING, portsOf, type References } from './references';
import { gatewaysOf, MESH } from './served-hosts';
import { isSidecar } from './sidecars';
import { selectorIn } from './subjects';

/**
 * Pods that come to have a proxy, or have none any more, go by what is said of their calls with it alone. So before pods have one,
 * what is said otherwise is written, in its wide form at least; and what is said now stays until the last pod that had one is gone.
 * Without one they go by Services alone, which have each port then that they call.
 * @param root the mesh's root namespace
 */
export function turningCallers(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  turning: Turning,
  hasProxy: HasProxy,
  callers: Callers,
  root: string,
  domain: string,
): (m: Manifest | undefined, key: string) => References {
  if (turning.length === 0) return () => NOTHING;
  const [before, after] = [statesOf(live), statesOf(desired)];
  const keys = [...new Set([...live, ...desired].filter(isOfCalls).map(keyOf))];
  const changing = keys.filter((key) => !isEqual(saidBy(before.get(key)), saidBy(after.get(key))));
  const reaches = (m: Manifest, namespace: string) =>
    isSidecar(m) ? [namespace, root].includes(m.namespace) : sees(namespace, isRoutes(m) ? callers.of(m) : audienceOf(m));
  const known = new Map<string, ReadonlySet<Fact>>();
  /** What pods of a namespace begin to rely on, or do no more: what is said in the state in which they have a proxy. */
  const relied = (sort: 'arrived' | 'left', namespace: string): ReadonlySet<Fact> => {
    const id = `${sort} ${namespace}`;
    const [from, to] = sort === 'arrived' ? [before, after] : [after, before];
    const isRelied = (key: string) => {
      const [here, there] = [from.get(key), to.get(key)];
      // where there are no rules, calls go as those without a proxy
      return [here, isRuling((here ?? there)!) ? here : there].some((m) => m !== undefined && reaches(m, namespace));
    };
    const made = known.get(id) ?? new Set(changing.filter(isRelied).map((key) => `${sort} ${key}`));
    known.set(id, made);
    return made;
  };
  const [going, coming] = [servedAlone(live, desired, turning, domain), servedAlone(desired, live, turning, domain)];
  const needs = new Map(
    turning.flatMap(([old, m]) =>
      hasProxy(m)
        ? [[old, going] as const, [m, relied('arrived', m.namespace)] as const]
        : [[old, relied('left', m.namespace)] as const, [m, coming] as const],
    ),
  );
  const moving = new Set(changing);
  return (m, key) => {
    const own = m && needs.get(m);
    if (own) return { ...NOTHING, needs: own };
    if (!moving.has(key)) return NOTHING;
    const provides: Fact[] = [
      ...(m === after.get(key) ? [] : [`left ${key}` as const]),
      ...(m === before.get(key) ? [] : [`arrived ${key}` as const]),
    ];
    return { ...NOTHING, provides: new Set(provides) };
  };
}

/**
 * What Services have in one state alone, and rules or a proxy's own ways may answer for in the other: their ports, and pods there. Those that turn
 * themselves do not wait for each other.
 */
function servedAlone(here: readonly Manifest[], there: readonly Manifest[], turning: Turning, domain: string): ReadonlySet<Fact> {
  const others = new Set(there.filter(isService).flatMap((m) => portsOf(m, domain)));
  const isOfTurning = (m: Manifest) =>
    turning.flat().some((w) => w.namespace === m.namespace && selects(selectorIn(m) ?? {}, podLabels(w)));
  return new Set(
    here.filter(isService).flatMap((m): Fact[] => {
      const own = portsOf(m, domain).filter((f) => !others.has(f));
      return own.length === 0 || isOfTurning(m) ? own : [...own, ...hostsOf(m, domain).map((host) => `pods ${host}`)];
    }),
  );
}

type States = ReadonlyMap<string, Manifest>;
const statesOf = (all: readonly Manifest[]): States => new Map(all.map((m) => [keyOf(m), m]));

/** What it says of calls, and for whom; of a DestinationRule the subsets, since TLS is a matter of its own. */
function saidBy(m: Manifest | undefined): unknown {
  if (m?.kind !== 'DestinationRule') return m?.object.spec;
  const { exportTo, workloadSelector, subsets } = m.object.spec ?? {};
  const own = list(subsets).map((s) => [s.name, s.labels]);
  return own.length > 0 ? [exportTo, workloadSelector, own] : undefined;
}

/** Whether calls go another way where it is there, and come to their end where it is not. */
const isRuling = (m: Manifest): boolean => isRoutes(m) || m.kind === 'DestinationRule';

/** Whether it says what becomes of calls within the mesh. */
const isOfCalls = (m: Manifest): boolean =>
  m.group === 'networking.istio.io' &&
  (isRoutes(m) ? gatewaysOf(m).includes(MESH) : ['DestinationRule', 'ServiceEntry', 'Sidecar'].includes(m.kind));
