import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { asksForProxies, hasProxyContainer, isInjected } from '../../model/injection';
import { isEqual } from '../../values/equal';
import { isWorkload, podLabels } from './readiness';
import { isNamespace, NOTHING, type References } from './references';
import { podsOf, type Subject } from './subjects';

/** Tells whether the pods of a workload have a proxy: without one they obey no policy, and nobody knows who they are. */
export type HasProxy = (workload: Manifest) => boolean;

/**
 * Of workloads of both states: by what the namespace of the later state says, of those that it has. A namespace that says nothing, in
 * either state, is taken to ask for proxies: an installation may give them everywhere, and who is taken to have one is guarded.
 */
export function proxiesOf(live: readonly Manifest[], desired: readonly Manifest[]): HasProxy {
  const [before, after] = [live, desired].map((all) => new Map(all.filter(isNamespace).map((m) => [m.name, m])));
  const isSilent = (name: string) => [before!.get(name), after!.get(name)].every((m) => !m || asksForProxies(m) === undefined);
  const now = new Set(desired);
  return (m) => hasProxy(m, isSilent(m.namespace) ? undefined : (now.has(m) ? after : before)!.get(m.namespace));
}

/** One may be injected, or written in the template, as those of gateways that istioctl installs. */
function hasProxy(m: Manifest, namespace: Manifest | undefined): boolean {
  const { metadata = {}, spec = {} } = m.object.spec?.template ?? {};
  const labels = podLabels(m);
  return (
    labels['security.istio.io/tlsMode'] === 'istio' ||
    hasProxyContainer(spec) ||
    isInjected(namespace, {
      namespace: m.namespace,
      labels,
      annotations: metadata.annotations ?? {},
      hostNetwork: spec.hostNetwork === true,
    })
  );
}

/** Workloads that come to have a proxy, or have none any more: before and after. */
export type Turning = readonly (readonly [old: Manifest, now: Manifest])[];

/** {@link Turning}, of two states. */
export function turningIn(live: readonly Manifest[], desired: readonly Manifest[], of: HasProxy): Turning {
  const before = new Map(live.filter(isWorkload).map((m) => [keyOf(m), m]));
  return desired.filter(isWorkload).flatMap((m) => {
    const old = before.get(keyOf(m));
    return old && of(old) !== of(m) ? [[old, m] as const] : [];
  });
}

/** Their pods, in either state. */
export const podsTurning = (turning: Turning): ReadonlySet<Subject> => new Set(turning.flat().map(podsOf));

/**
 * Namespaces that come to ask for proxies are written before the workloads that change or come with them: pods get one when they are
 * made, and those that are there already do not.
 */
export function injectionFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  of: HasProxy,
): (m: Manifest) => References {
  const turned = turnedNamespaces(live, desired);
  if (turned.size === 0) return () => NOTHING;
  const there = new Set(live);
  return (m) => {
    if (isNamespace(m) && turned.has(m.name) && asksForProxies(m))
      return { ...NOTHING, provides: new Set([`injection ${m.name}`]) };
    const isMade = isWorkload(m) && !there.has(m) && turned.has(m.namespace) && of(m);
    return isMade ? { ...NOTHING, needs: new Set([`injection ${m.namespace}`]) } : NOTHING;
  };
}

/** Workloads of such namespaces that stay as they are: their pods have no proxy until they are made anew. */
export function leftWithoutProxy(live: readonly Manifest[], desired: readonly Manifest[]): readonly Manifest[] {
  const turned = turnedNamespaces(live, desired);
  if (turned.size === 0) return [];
  const of = proxiesOf(live, desired);
  const templates = new Map(live.filter(isWorkload).map((m) => [keyOf(m), m.object.spec?.template]));
  return desired.filter(
    (m) =>
      templates.has(keyOf(m)) && turned.has(m.namespace) && of(m) && isEqual(templates.get(keyOf(m)), m.object.spec?.template),
  );
}

function turnedNamespaces(live: readonly Manifest[], desired: readonly Manifest[]): ReadonlySet<string> {
  const before = new Map(live.filter(isNamespace).map((m) => [m.name, m]));
  const isTurned = (m: Manifest) => before.has(m.name) && asksForProxies(m) === true && !asksForProxies(before.get(m.name)!);
  return new Set(desired.filter((m) => isNamespace(m) && isTurned(m)).map((m) => m.name));
}
