import type { Resource } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import { type Right, rightText } from '../rights';

/** Something that the user has to be allowed to do. */
export interface Need extends Right {
  /** The object that it is about; empty where a request does not name it, as that of a POST does not. */
  readonly name: string;
}

/** What a write of an object asks of the user's rights. */
export const needsOf = (r: Resource, verbs: readonly string[], { namespace, name }: Pick<Need, 'namespace' | 'name'>): Need[] =>
  verbs.map((verb) => ({ verb, group: r.group, plural: r.plural, namespace, name }));

/**
 * Whether a rule may give a right for named objects. What a server-side apply creates has a name by then.
 * Source: apiserver, pkg/endpoints/handlers/patch.go, and kubernetes.io, Using RBAC Authorization, Referring to resources.
 */
const isNamed = ({ verb, name }: Need): boolean => verb !== 'list' && name !== '';
/** So many objects are asked about by name at once, of one right. */
const AT_ONCE = 10;

/** Rights for people, told once for all kinds of a place: `get, list secrets, services in namespace "a"`. */
export const grouped = (rights: Iterable<string>): string[] => groupedRights(rights).map((g) => g.text);

/** The same, each with the rights that it tells. */
export function groupedRights(
  rights: Iterable<string>,
): readonly { readonly text: string; readonly rights: readonly string[] }[] {
  const verbs = new Map<string, string[]>();
  for (const right of [...rights].sort()) {
    const [, verb = right, what = ''] = /^(\w+) (.*)$/.exec(right) ?? [];
    verbs.set(what, [...(verbs.get(what) ?? []), verb]);
  }
  const kinds = new Map<string, string[]>();
  for (const [what, all] of verbs) {
    const [, place = ''] = /^\S*(.*)$/.exec(what) ?? [];
    const key = JSON.stringify([all.join(', '), place]);
    kinds.set(key, [...(kinds.get(key) ?? []), what]);
  }
  return [...kinds].map(([key, some]) => {
    const [all, place] = JSON.parse(key) as [string, string];
    const plurals = some.map((what) => what.slice(0, what.length - place.length));
    return {
      text: `${all} ${plurals.join(', ')}${place}`,
      rights: some.flatMap((what) => verbs.get(what)!.map((verb) => `${verb} ${what}`)),
    };
  });
}

/**
 * All that the user may not do of it, before anything is written: asked for all namespaces first, for each where that is refused, and
 * where that is, too, for each object, since a rule may give a right for named objects alone.
 */
export async function forbidden(cluster: Cluster, needs: readonly Need[]): Promise<string[]> {
  const known = new Map<string, Promise<boolean>>();
  const may = (n: Need): Promise<boolean> => {
    const key = JSON.stringify([n.verb, n.group, n.plural, n.namespace, n.name]);
    let asked = known.get(key);
    if (!asked) {
      asked = ask(cluster, n);
      known.set(key, asked);
    }
    return asked;
  };
  const mayByName = async (some: readonly Need[]): Promise<boolean> => {
    for (let i = 0; i < some.length; i += AT_ONCE) {
      const answers = await Promise.all(some.slice(i, i + AT_ONCE).map((n) => may(inItself(n))));
      if (!answers.every(Boolean)) return false;
    }
    return true;
  };
  const rights = new Map<string, Need[]>();
  for (const n of needs) {
    const some = rights.get(rightText(n));
    if (some) some.push(n);
    else rights.set(rightText(n), [n]);
  }
  const missing = await Promise.all(
    [...rights].map(async ([right, some]) => {
      const { namespace } = some[0]!;
      const all = { ...some[0]!, name: '' };
      const isGiven =
        (await may({ ...all, namespace: '' })) ||
        (namespace !== '' && (await may(all))) ||
        (some.every(isNamed) && (await mayByName(some)));
      return isGiven ? [] : [right];
    }),
  );
  return missing.flat().sort();
}

/** For rights a namespace is an object in itself: a Role in it may give them. Source: apiserver, pkg/endpoints/request/requestinfo.go. */
const inItself = (n: Need): Need => (n.group === '' && n.plural === 'namespaces' ? { ...n, namespace: n.name } : n);

async function ask(cluster: Cluster, { verb, group, plural, namespace, name }: Need): Promise<boolean> {
  const { body } = await cluster.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    repeatable: true,
    what: 'the question what you may do',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: { verb, group, resource: plural, ...(namespace ? { namespace } : {}), ...(name ? { name } : {}) },
      },
    },
  });
  return body.status?.allowed === true;
}
