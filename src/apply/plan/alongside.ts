import { ApiError } from '../../cluster/api-error';
import { type Discovery, pathOf, type Resource } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';
import type { Manifest } from '../../manifests/manifest';
import { isNamespace } from '../../order/facts/references';
import { listed } from '../../values/listed';
import { PART_OF } from '../apply-set';
import { nameText } from '../named';
import { kindText, rightText } from '../rights';
import { isCrd } from './desired';
import { plural } from './folded';
import { grouped } from './permissions';
import type { PlannedObject } from './planned-object';

/** Objects of one kind that go with a namespace, or with their kind, and are not of the set. */
export interface Alongside {
  /** Their kind. */
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  /** How many there are. */
  readonly count: number;
  /** Their names, those that go with their kind with the namespace before it; where they are many the first of them. */
  readonly names: readonly string[];
}

/** What else goes with a namespace, or with a CustomResourceDefinition. */
export interface Company {
  /** What is known of it. */
  readonly others: readonly Alongside[];
  /** The rights without which nobody knows of the rest: `list secrets in namespace "a"`. */
  readonly unread: readonly string[];
  /** Kinds that the server cannot list now, and why: `widgets.lab.example.com: HTTP 500`. */
  readonly unlisted: readonly string[];
}

/** So many objects of a kind are asked for; the server counts the others. */
const PAGE = 500;
const NAMES = 5;
/** Names and kinds alone. Source: kubernetes.io, API concepts, metadata-only fetches. */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
/** What every namespace has, by the cluster's own controllers and Istio's. */
const OWN: ReadonlySet<string> = new Set([
  'ServiceAccount/default',
  'ConfigMap/kube-root-ca.crt',
  'ConfigMap/istio-ca-root-cert',
  'ConfigMap/istio-ca-crl',
]);
/** What is made of others, or tells of them: it is no loss by itself. */
const MADE = new Set(['/Event', 'events.k8s.io/Event', '/Endpoints', 'discovery.k8s.io/EndpointSlice']);

/** Each namespace and kind that is deleted, with what goes with it and is not of the set: its members are deletions of their own. */
export const withCompany = (
  cluster: Cluster,
  deleted: readonly PlannedObject[],
  discovery: Discovery,
  set: string,
): Promise<readonly PlannedObject[]> =>
  Promise.all(
    deleted.map(async (p) => {
      const place = placeOf(p.manifest, discovery);
      return place ? { ...p, company: await companyOf(cluster, place, set) } : p;
    }),
  );

/** Where objects are that go with one that is deleted. */
interface Place {
  readonly kinds: readonly Resource[];
  /** Empty for all. */
  readonly namespace: string;
}

function placeOf(m: Manifest, discovery: Discovery): Place | undefined {
  const may = (r: Resource) => r.verbs.includes('list') && r.verbs.includes('delete');
  if (isNamespace(m)) return { kinds: discovery.all().filter((r) => r.namespaced && may(r)), namespace: m.name };
  if (!isCrd(m)) return undefined;
  const { group, names } = m.object.spec;
  const kind = discovery.preferred(group, names.kind);
  return { kinds: kind && may(kind) ? [kind] : [], namespace: '' };
}

async function companyOf(cluster: Cluster, { kinds, namespace }: Place, set: string): Promise<Company> {
  const unread: string[] = [];
  const unlisted: string[] = [];
  const found = await Promise.all(
    kinds.map(async (r): Promise<readonly Alongside[]> => {
      const { items, more } = await membersOf(cluster, r, namespace).catch((e) => {
        if (!(e instanceof ApiError) || e.status === 401) throw e;
        // the kind may be of no use to anybody: its program is gone, say
        if (e.status === 403) unread.push(rightText({ ...r, verb: 'list', namespace }));
        else if (e.status !== 404) unlisted.push(`${kindText(r)}: ${e.said}`);
        return { items: [], more: 0 };
      });
      const theirs = items.filter((m) => m.labels?.[PART_OF] !== set && (namespace === '' || isTheirs(m, r)));
      const names = theirs.map((m): string => (namespace === '' && m.namespace ? `${m.namespace}/${m.name}` : m.name));
      const { kind, group } = r;
      return names.length === 0 ? [] : [{ kind, group, count: names.length + more, names: names.sort().slice(0, NAMES) }];
    }),
  );
  const others = found.flat().sort((a, b) => a.kind.localeCompare(b.kind) || a.group.localeCompare(b.group));
  return { others, unread: unread.sort(), unlisted: unlisted.sort() };
}

async function membersOf(cluster: Cluster, r: Resource, namespace: string) {
  const { body } = await cluster.send({
    method: 'GET',
    path: pathOf(r, namespace),
    query: { limit: PAGE },
    accept: METADATA,
    what: `the list of ${r.plural}${namespace ? ` in namespace ${namespace}` : ''}`,
  });
  const items: readonly any[] = (body.items ?? []).map((o: any) => o.metadata);
  return { items, more: (body.metadata?.remainingItemCount ?? 0) as number };
}

/** Whether somebody made it, and no controller made it of something in the namespace that is counted already. */
const isTheirs = ({ name, ownerReferences }: any, { kind, group }: Resource): boolean =>
  !(ownerReferences ?? []).some((o: any) => o.controller) &&
  !(group === '' && OWN.has(`${kind}/${name}`)) &&
  !MADE.has(`${group}/${kind}`);

/** What is said of it. */
export function companyNotes(deleted: readonly PlannedObject[]): string[] {
  return deleted.flatMap(({ company, manifest }) => {
    if (company === undefined) return [];
    const what = nameText(manifest);
    const { others, unread, unlisted } = company;
    const lines = others.map(
      ({ kind, count, names }) => `${count} ${count === 1 ? kind : plural(kind)} (${listed(names, NAMES, count)})`,
    );
    return [
      ...(lines.length > 0 ? [`${what} is deleted with what goes with it and is not of the set: ${lines.join(', ')}`] : []),
      ...grouped(unread).map((right) => `you may not ${right}: what else goes with ${what} is not known`),
      ...unlisted.map((why) => `what else goes with ${what} is not known, since the server cannot list ${why}`),
    ];
  });
}
