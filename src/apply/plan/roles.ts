import { nameText } from '../named';
import type { Plan } from './plan';

/** A right in parts: `patch secrets in namespace "shop"`, as plans tell them. */
interface Right {
  readonly verb: string;
  readonly plural: string;
  readonly group: string;
  /** Empty for all of the cluster. */
  readonly namespace: string;
}

function parts(right: string): Right {
  const [, verb = '', plural = '', group = '', namespace = ''] =
    /^(\w+) ([^\s.]+)(?:\.(\S+))?(?: in namespace "(.*)")?$/.exec(right) ?? [];
  return { verb, plural, group, namespace };
}

/** What of the plan takes a right: `ConfigMap/shop/a`. The list of the set, and the Lease beside it, are named by their kinds. */
export function takenBy({ objects, set }: Pick<Plan, 'objects' | 'set'>, right: string): readonly string[] {
  const { plural, group, namespace } = parts(right);
  const names = objects.flatMap(({ action, resource, manifest }) =>
    action !== 'keep' && resource?.plural === plural && resource.group === group && manifest.namespace === namespace
      ? [nameText(manifest)]
      : [],
  );
  const own = { secrets: '', leases: 'coordination.k8s.io' }[plural] === group && namespace === set.namespace;
  return own ? [...names, `${plural === 'secrets' ? 'Secret' : 'Lease'}/${namespace}/${set.name}, which keeps the set`] : names;
}

/**
 * Roles that give rights: one a namespace, and a ClusterRole for what is in none.
 * @param rights as plans tell them: `patch secrets in namespace "shop"`
 */
export function rolesFor(rights: readonly string[], name: string): readonly object[] {
  const places = new Map<string, Map<string, Right[]>>();
  for (const right of rights.map(parts)) {
    const kinds = places.get(right.namespace) ?? new Map<string, Right[]>();
    places.set(right.namespace, kinds);
    const key = `${right.plural}.${right.group}`;
    kinds.set(key, [...(kinds.get(key) ?? []), right]);
  }
  return [...places].sort().map(([namespace, kinds]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: namespace ? 'Role' : 'ClusterRole',
    metadata: { name, ...(namespace ? { namespace } : {}) },
    rules: rulesOf([...kinds.values()]),
  }));
}

/** A rule for all kinds of a group that take the same verbs. */
function rulesOf(kinds: readonly (readonly Right[])[]): readonly object[] {
  const rules = new Map<string, { apiGroups: string[]; resources: string[]; verbs: string[] }>();
  for (const some of kinds) {
    const { group, plural } = some[0]!;
    const verbs = [...new Set(some.map((r) => r.verb))].sort();
    const key = JSON.stringify([group, verbs]);
    const rule = rules.get(key) ?? { apiGroups: [group], resources: [], verbs };
    rules.set(key, rule);
    rule.resources.push(plural);
  }
  return [...rules.values()];
}

/** The Roles that a plan lacks, by the name of the set. */
export const rolesOf = ({ rights, set }: Pick<Plan, 'rights' | 'set'>): readonly object[] =>
  rolesFor(rights, `mesh-apply-${set.name}`);

/** What to do about the rights that lack. */
export function rolesText(plan: Pick<Plan, 'rights' | 'set'>): readonly string[] {
  const { stringify } = require('yaml') as typeof import('yaml');
  return [
    'these give them, to whom they are bound (kubectl create rolebinding, or clusterrolebinding; kubectl auth whoami says who you are):',
    ...rolesOf(plan).map((role) => `---\n${stringify(role).trimEnd()}`),
  ];
}
