import type { Manifest } from '../../manifests/manifest';

/** An object that is one of many, and what is said of it. */
export interface Alike {
  readonly object: Pick<Manifest, 'kind' | 'namespace'>;
  readonly said: string;
}

/** Many objects of which the same is said. */
export interface Counted {
  readonly count: number;
  /** `VirtualServices in shop`; where namespaces are many, `VirtualServices in 40 namespaces`. */
  readonly objects: string;
  readonly said: string;
}

/** More lines than these tell nobody anything. */
const LINES = 20;

/** Counts objects by kind, namespace and what is said of them; not by namespace where that would be too many lines. */
export function counted(all: readonly Alike[]): readonly Counted[] {
  const byNamespace = groups(all, true);
  return (byNamespace.length > LINES ? groups(all, false) : byNamespace).map((some) => {
    const { object, said } = some[0]!;
    const namespaces = new Set(some.map((a) => a.object.namespace));
    const where =
      namespaces.size > 1 ? ` in ${namespaces.size} namespaces` : object.namespace === '' ? '' : ` in ${object.namespace}`;
    return { count: some.length, objects: `${some.length === 1 ? object.kind : plural(object.kind)}${where}`, said };
  });
}

function groups(all: readonly Alike[], withNamespace: boolean): readonly (readonly Alike[])[] {
  const out = new Map<string, Alike[]>();
  for (const a of all) {
    const key = JSON.stringify([a.object.kind, a.said, withNamespace ? a.object.namespace : '']);
    const known = out.get(key);
    if (known) known.push(a);
    else out.set(key, [a]);
  }
  return [...out.values()];
}

/** `Services`, `Gateways`, `AuthorizationPolicies`, `Ingresses`. */
export const plural = (kind: string): string =>
  /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : /(s|x|ch)$/.test(kind) ? `${kind}es` : `${kind}s`;
