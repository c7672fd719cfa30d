import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { hostWithin, isWild } from '../../model/host';
import { inOrderOf, listedBy } from '../../model/listed';
import { MeshModel } from '../../model/mesh-model';
import { sidecarFor, sidecarScope } from '../../model/sidecar-scope';
import { canonical, isEqual } from '../../values/equal';
import { audienceOf } from '../facts/audience';
import { isWorkload, podLabels } from '../facts/readiness';
import { type Fact, hostsOf, isRoutes } from '../facts/references';
import { hostsInMesh } from '../facts/served-hosts';
import { isSidecar } from '../facts/sidecars';
import type { Together } from '../facts/together';
import { importsOf } from './imports';

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
  const owners = new Map<string, string[]>();
  for (const [key, m] of all)
    for (const host of new Set(hostsOf(m, domain))) owners.set(host, [...(owners.get(host) ?? []), key]);
  const wild = rules.filter((r) => [...r.hosts].some(isWild));
  const hosts = [...asked].map((host): Called => {
    const naming = inOrderOf(rules, [...byName(rules, host), ...wild.filter((r) => [...r.hosts].some((h) => isFor(h, host)))]);
    return { host, naming, owners: owners.get(host) ?? [] };
  });
  return podsUnder(scopes, live, desired, turned, root).flatMap((pods) => {
    const known = importsOf(
      pods.scopes.map((key) => [before.get(key), after.get(key)]),
      pods.namespace,
    );
    const near = known.namespaces
      ? inOrderOf(
          hosts,
          known.namespaces.flatMap((ns) => bySpace(hosts, ns)),
        )
      : hosts;
    return near.flatMap(({ host, naming, owners }): Together[] => {
      const isNamed = naming.some((r) => [...r.hosts].some((h) => known.has(spaceOf(r.key), h)));
      if (!isNamed && !owners.some((key) => known.has(spaceOf(key), host))) return [];
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

const byName = listedBy((r: Naming) => r.hosts);

/** A host that is asked about: what names it, and the keys of its Services and ServiceEntries. */
interface Called {
  readonly host: string;
  readonly naming: readonly Naming[];
  readonly owners: readonly string[];
}

/** The namespace of an object, by its key. */
const spaceOf = (key: string): string => key.slice(key.indexOf(' ') + 1, key.indexOf('/', key.indexOf(' ')));
/** By the namespaces of all that is about a host. */
const bySpace = listedBy((c: Called) => new Set([...c.owners, ...c.naming.map((r) => r.key)].map(spaceOf)));

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
    const near = inOrderOf(scopes, [...ofSpace(scopes, namespace), ...ofSpace(scopes, root)]);
    const own = near
      .filter(([, m]) => (m.namespace === namespace ? selects(labelsOf(m), labels) : !labelsOf(m)))
      .map(([key]) => key);
    const id = `${namespace} ${own.join()}`;
    if (own.some((key) => turned.has(key)) && !out.has(id)) out.set(id, { namespace, labels, scopes: own });
  }
  return [...out.values()];
}

const ofSpace = listedBy(([, m]: readonly [string, Manifest]) => [m.namespace]);

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
