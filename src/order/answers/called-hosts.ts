import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { hostsMeet, hostWithin, isWild } from '../../model/host';
import { MeshModel } from '../../model/mesh-model';
import { sidecarFor, sidecarScope } from '../../model/sidecar-scope';
import { canonical, isEqual } from '../../values/equal';
import { audienceOf } from '../facts/audience';
import { isWorkload, podLabels } from '../facts/readiness';
import { type Fact, hostsOf, isRoutes, list } from '../facts/references';
import { hostsInMesh } from '../facts/served-hosts';
import { isSidecar } from '../facts/sidecars';
import type { Together } from '../facts/together';

type Labels = Readonly<Record<string, string>>;

/** Pods that the same Sidecars are about, at any time. */
interface Pods {
  readonly namespace: string;
  readonly labels: Labels;
  /** Keys of the Sidecars. */
  readonly scopes: readonly string[];
}

/**
 * Hosts that pods call while Sidecars about them change, and rules that name these hosts: a Sidecar lets pods know a host, or some
 * rules for it that may be for others, too. So who calls a host in both states does so at all times.
 * @param root the mesh's root namespace
 */
export function calledHosts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  domain: string,
  root: string,
): readonly Together[] {
  const byKey = (objects: readonly Manifest[]) => new Map(objects.map((m) => [keyOf(m), m] as const));
  const [was, is] = [live, desired].map((objects) => byKey(objects.filter(isSidecar))) as [
    Map<string, Manifest>,
    Map<string, Manifest>,
  ];
  const scopes = [...new Map([...was, ...is])];
  const isTurned = (key: string) => !isEqual(was.get(key)?.object.spec, is.get(key)?.object.spec);
  const turned = new Set(scopes.map(([key]) => key).filter(isTurned));
  if (turned.size === 0) return [];
  const states = [live, desired].map(byKey);
  const [before, after] = states as [Map<string, Manifest>, Map<string, Manifest>];
  const all = [...new Map([...before, ...after])];
  const rules = all
    .filter(([, m]) => isRoutes(m))
    .map(([key]): Naming => {
      const both = [before.get(key), after.get(key)];
      const hosts = both.map((m) => (m ? hostsInMesh(m, domain) : []));
      return {
        key,
        hosts: new Set(hosts.flat()),
        isStill: isEqual(...(both.map((m, i) => m && [hosts[i], audienceOf(m)]) as [unknown, unknown])),
      };
    });
  const asked = new Set(rules.flatMap((r) => (r.isStill ? [] : [...r.hosts])));
  const hosts = [...asked].map((host) => {
    const naming = rules.filter((r) => [...r.hosts].some((h) => isFor(h, host)));
    const owners = all.filter(([, m]) => hostsOf(m, domain).includes(host)).map(([key]) => key);
    return { host, naming, owners, names: new Set([host, ...naming.flatMap((r) => [...r.hosts])]) };
  });
  return podsUnder(scopes, live, desired, turned, root).flatMap((pods) => {
    const letsIn = importsOf(pods.scopes.map((key) => [before.get(key), after.get(key)]));
    return hosts.flatMap(({ host, naming, owners, names }): Together[] => {
      if (![...names].some(letsIn)) return [];
      const others = [...pods.scopes, ...owners].filter((key) => !isEqual(before.get(key)?.object, after.get(key)?.object));
      const members = [...others, ...naming.filter((r) => !r.isStill).map((r) => r.key)];
      const about = [...pods.scopes, ...owners, ...naming.map((r) => r.key)];
      const still = about.filter((key) => !members.includes(key)).flatMap((key) => before.get(key) ?? []);
      const isCalled = (state: (key: string) => Manifest | undefined) =>
        knows(pods, host, [...still, ...members.flatMap((key) => state(key) ?? [])], domain, root);
      if (!states.every((s) => isCalled((key) => s.get(key)))) return [];
      const fact: Fact = `reached ${host} ${pods.namespace} ${canonical(pods.labels)}`;
      return [{ members, keeps: true, provides: (state) => (isCalled(state) ? [fact] : []) }];
    });
  });
}

/** Rules that name hosts in the mesh, in either state. */
interface Naming {
  readonly key: string;
  readonly hosts: ReadonlySet<string>;
  /** Whether they name the same for the same namespaces in both. */
  readonly isStill: boolean;
}

/** Tells the hosts that Sidecars let in in some state: all, where there may be none of them. */
function importsOf(scopes: readonly (readonly (Manifest | undefined)[])[]): (host: string) => boolean {
  const lists = (m: Manifest | undefined) => list(m?.object.spec?.egress).length > 0;
  const isBounded = scopes.some((states) => states.every(lists)) && scopes.flat().every((m) => !m || lists(m));
  if (!isBounded) return () => true;
  const egress = scopes.flat().flatMap((m) => list(m?.object.spec?.egress).flatMap((e) => list(e.hosts).map(String)));
  const given = [...new Set(egress.map((h) => h.slice(h.indexOf('/') + 1)))];
  const [exact, wild] = [new Set(given), given.filter(isWild)];
  return (host) => (isWild(host) ? given : wild).some((h) => hostsMeet(h, host)) || exact.has(host);
}

/** Pods about which some Sidecar that changes is: one for all that the same are about. */
function podsUnder(
  scopes: readonly (readonly [string, Manifest])[],
  live: readonly Manifest[],
  desired: readonly Manifest[],
  turned: ReadonlySet<string>,
  root: string,
): readonly Pods[] {
  const labelsOf = (m: Manifest): Labels | undefined => m.object.spec?.workloadSelector?.labels;
  const known = [...live, ...desired].filter(isWorkload).map((m) => ({ namespace: m.namespace, labels: podLabels(m) }));
  const named = scopes.map(([, m]) => ({ namespace: m.namespace, labels: labelsOf(m) ?? {} }));
  const out = new Map<string, Pods>();
  for (const { namespace, labels } of [...known, ...named]) {
    const own = scopes
      .filter(([, m]) => (m.namespace === namespace ? selects(labelsOf(m), labels) : m.namespace === root && !labelsOf(m)))
      .map(([key]) => key);
    const id = `${namespace} ${own.join()}`;
    if (own.some((key) => turned.has(key)) && !out.has(id)) out.set(id, { namespace, labels, scopes: own });
  }
  return [...out.values()];
}

/** Whether rules for a host, which may be a wildcard, name another. */
const isFor = (named: string, host: string): boolean => named === host || (isWild(named) && hostWithin(host, named));

/** Whether pods know a host of some objects, by itself or by rules for it. */
function knows({ namespace, labels }: Pods, host: string, objects: readonly Manifest[], domain: string, root: string): boolean {
  const model = new MeshModel(objects, { clusterDomain: domain });
  const { listeners } = sidecarScope(model, namespace, sidecarFor(model.sidecars, namespace, labels, root));
  return listeners.some(
    (l) => l.services.some((s) => s.host === host) || l.virtualServices.some((v) => v.hosts.some((h) => isFor(h, host))),
  );
}
