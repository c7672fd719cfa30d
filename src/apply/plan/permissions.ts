import type { Resource } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';

/** Something that the user has to be allowed to do. */
export interface Need {
  readonly verb: string;
  readonly group: string;
  readonly plural: string;
  /** Empty for kinds that have none. */
  readonly namespace: string;
}

/** What a write asks of the user's rights. */
export const needsOf = (r: Resource, verbs: readonly string[], namespace: string): Need[] =>
  verbs.map((verb) => ({ verb, group: r.group, plural: r.plural, namespace }));

const text = ({ verb, group, plural, namespace }: Need): string =>
  `${verb} ${group ? `${plural}.${group}` : plural}${namespace ? ` in namespace "${namespace}"` : ''}`;

/** Rights for people, told once for all kinds of a place: `get, list secrets, services in namespace "a"`. */
export function grouped(rights: Iterable<string>): string[] {
  const verbs = new Map<string, string[]>();
  for (const right of [...rights].sort()) {
    const [, verb = right, what = ''] = /^(\w+) (.*)$/.exec(right) ?? [];
    verbs.set(what, [...(verbs.get(what) ?? []), verb]);
  }
  const kinds = new Map<string, string[]>();
  for (const [what, all] of verbs) {
    const [, kind = '', place = ''] = /^(\S*)(.*)$/.exec(what) ?? [];
    const key = JSON.stringify([all.join(', '), place]);
    kinds.set(key, [...(kinds.get(key) ?? []), kind]);
  }
  return [...kinds].map(([key, some]) => {
    const [all, place] = JSON.parse(key) as [string, string];
    return `${all} ${some.join(', ')}${place}`;
  });
}

/** All that the user may not do of it, before anything is written: asked for all namespaces first, for each where that is refused. */
export async function forbidden(cluster: Cluster, needs: readonly Need[]): Promise<string[]> {
  const known = new Map<string, Promise<boolean>>();
  const may = (n: Need): Promise<boolean> => {
    const key = text(n);
    let asked = known.get(key);
    if (!asked) {
      asked = ask(cluster, n);
      known.set(key, asked);
    }
    return asked;
  };
  const distinct = [...new Map(needs.map((n) => [text(n), n])).values()];
  const answers = await Promise.all(
    distinct.map(async (n) => (await may({ ...n, namespace: '' })) || (n.namespace !== '' && (await may(n)))),
  );
  return distinct
    .filter((_, i) => !answers[i])
    .map(text)
    .sort();
}

async function ask(cluster: Cluster, { verb, group, plural, namespace }: Need): Promise<boolean> {
  const { body } = await cluster.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    repeatable: true,
    what: 'the question what you may do',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group, resource: plural, ...(namespace ? { namespace } : {}) } },
    },
  });
  return body.status?.allowed === true;
}
