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
  const [first = {}, ...others] = trees.filter((t) => t !== undefined);
  if (others.length === 0) return first;
  const out: Record<string, FieldTree> = { ...first };
  for (const tree of others) for (const part in tree) out[part] = out[part] ? union([out[part], tree[part]]) : tree[part]!;
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
export const itemsOf = (tree: FieldTree | undefined): { readonly part: string; readonly keys: Keys }[] =>
  Object.keys(tree ?? {})
    .filter((part) => part.startsWith('k:'))
    .map((part) => ({ part, keys: keysOf(part) }));

/** Objects have the same few fields: as a text that was made before, a name is found in an object at once. */
const parts = new Map<string, string>();
const fields = new Map<string, string>();

/** The part that stands for a field: `f:spec`. */
export function fieldPart(field: string): string {
  let part = parts.get(field);
  if (part === undefined) {
    part = `f:${field}`;
    parts.set(field, part);
  }
  return part;
}

/** The field that a part stands for; nothing where it stands for something else. */
export function fieldOf(part: string): string | undefined {
  let field = fields.get(part);
  if (field === undefined && part.startsWith('f:')) {
    field = part.slice(2);
    fields.set(part, field);
  }
  return field;
}

type Keys = Readonly<Record<string, unknown>>;
const known = new Map<string, Keys>();

/** The keys that a part stands for. Objects of a kind have the same few. */
export function keysOf(part: string): Keys {
  let keys = known.get(part);
  if (!keys) {
    keys = JSON.parse(part.slice(2)) as Keys;
    known.set(part, keys);
  }
  return keys;
}

/** Whether an item is the one with these keys; what an item does not say the server fills in. */
export function hasKeys(item: any, keys: Keys): boolean {
  if (typeof item !== 'object' || item === null) return false;
  for (const k in keys) if (item[k] !== undefined && item[k] !== keys[k]) return false;
  return true;
}

/** Whether a tree ends here: who owns it owns all of it. */
export function isLeaf(tree: FieldTree | undefined): boolean {
  for (const part in tree) if (part !== '.') return false;
  return true;
}

/** What a tree has where the parts lead to; nothing where it owns nothing there. */
export const treeAt = (tree: FieldTree | undefined, parts: readonly string[]): FieldTree | undefined =>
  parts.reduce((at: FieldTree | undefined, part) => at?.[part], tree);

/** Whether a tree owns what the parts lead to: the part itself, or all that it is a part of. */
export const owns = (tree: FieldTree | undefined, parts: readonly string[]): boolean => treeAt(tree, parts) !== undefined;

/** The fields that somebody owns and that hold a value, as {@link pathText} names them. */
export function fieldsOf(tree: FieldTree | undefined, parts: readonly string[] = []): string[] {
  const below = Object.keys(tree ?? {}).filter((part) => part !== '.');
  if (below.length === 0) return parts.length > 0 ? [pathText(parts)] : [];
  return below.flatMap((part) => fieldsOf(tree![part], [...parts, part]));
}

/** Names of fields as the API server says them in conflicts: `.spec.ports[port=80,protocol="TCP"].targetPort`. */
export const pathText = (parts: readonly string[]): string =>
  parts
    .map((part) => {
      if (part.startsWith('f:')) return /^f:[\w-]+$/.test(part) ? `.${part.slice(2)}` : `.${part.slice(2)}`;
      if (part.startsWith('k:'))
        return `[${Object.entries(keysOf(part))
          .map(([k, v]) => `${k}=${JSON.stringify(v)}`)
          .join(',')}]`;
      return `[${part.startsWith('v:') ? `=${part.slice(2)}` : part}]`;
    })
    .join('');

/** What `kubectl apply` keeps of what it was last given: of no use to any other, and full of what Secrets say. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
