/** Fields that somebody owns, as the API server writes them. Source: sigs.k8s.io/structured-merge-diff, fieldpath/serialize.go. */
export interface FieldTree {
  readonly [part: string]: FieldTree;
}

/** One writer of an object, and what it owns. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldTree;
}

/** The writers of a live object; none where they were asked not to come. */
export const managersOf = (live: any): readonly ManagedFields[] => live?.metadata?.managedFields ?? [];

/** What a manager owns by server-side apply; nothing where it never applied the object. */
export const appliedBy = (live: any, manager: string): ManagedFields | undefined =>
  managersOf(live).find((m) => m.manager === manager && m.operation === 'Apply' && !m.subresource);

/** All parts of several trees: what the lists of an object are told apart by is seen in them. */
export function union(trees: readonly (FieldTree | undefined)[]): FieldTree {
  const out: Record<string, FieldTree> = {};
  for (const tree of trees)
    for (const [part, below] of Object.entries(tree ?? {})) out[part] = out[part] ? union([out[part], below]) : below;
  return out;
}

/** How a list is told apart: by keys of its items, by its values, or not at all: who writes it writes all of it. */
export function listKind(tree: FieldTree | undefined): 'map' | 'set' | 'atomic' {
  for (const part in tree) {
    if (part.startsWith('k:')) return 'map';
    if (part.startsWith('v:')) return 'set';
  }
  return 'atomic';
}

/** The parts of a tree that stand for items, with their keys: `k:{"name":"http"}`. */
export const itemsOf = (tree: FieldTree | undefined): { readonly part: string; readonly keys: Record<string, unknown> }[] =>
  Object.keys(tree ?? {})
    .filter((part) => part.startsWith('k:'))
    .map((part) => ({ part, keys: JSON.parse(part.slice(2)) }));

/** Whether an item is the one with these keys; what an item does not say the server fills in. */
export const hasKeys = (item: any, keys: Record<string, unknown>): boolean =>
  typeof item === 'object' && item !== null && Object.entries(keys).every(([k, v]) => item[k] === undefined || item[k] === v);

/** Whether a tree owns what the parts lead to: the part itself, or all that it is a part of. */
export function owns(tree: FieldTree | undefined, parts: readonly string[]): boolean {
  let at = tree;
  for (const part of parts) {
    if (at === undefined) return false;
    at = at[part];
  }
  return at !== undefined;
}

/** Names of fields as the API server says them in conflicts: `.spec.ports[port=80,protocol="TCP"].targetPort`. */
export const pathText = (parts: readonly string[]): string =>
  parts
    .map((part) => {
      if (part.startsWith('f:')) return /^f:[\w-]+$/.test(part) ? `.${part.slice(2)}` : `.${part.slice(2)}`;
      if (part.startsWith('k:'))
        return `[${Object.entries(JSON.parse(part.slice(2)))
          .map(([k, v]) => `${k}=${JSON.stringify(v)}`)
          .join(',')}]`;
      return `[${part.startsWith('v:') ? `=${part.slice(2)}` : part}]`;
    })
    .join('');
