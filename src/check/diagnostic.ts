import { fieldText, type Manifest } from '../manifests/manifest';
import type { At, Found, Rule, Severity } from './rule';

/** An object, as the API server tells them apart; `namespace` is empty where none is written. */
export interface Resource {
  /** As it is written: `networking.istio.io/v1`. */
  readonly apiVersion: string;
  /** As it is written: `VirtualService`. */
  readonly kind: string;
  /** As it is written; empty where none is. */
  readonly namespace: string;
  /** As it is written; empty where the server makes one. */
  readonly name: string;
}

/** Where something is: in the YAML and, for objects that a construct made, in the user's code. */
export interface Location {
  /** The object; nothing where it is about a file. */
  readonly resource?: Resource;
  /** `spec.http[0].route[1].destination.subset` */
  readonly field?: string;
  /** As it was given, or what stands for it: `live VirtualService shop/web`. */
  readonly file: string;
  /** From 1; 0 where the object was read from no file. */
  readonly line: number;
  /** From 1; 0 where the object was read from no file. */
  readonly column: number;
  /** Path of the construct. */
  readonly construct?: string;
  /** `file:line` of the user's own code. */
  readonly source?: string;
}

/** A finding, with all that is known of it: what every output of the checker is made of. */
export interface Diagnostic extends Location {
  /** Name of the rule. */
  readonly rule: string;
  /** Stands for the rule for ever: `MESH139`. */
  readonly id: string;
  /** What others call it: `IST0101`, `KIA1107`. */
  readonly codes: readonly string[];
  /** How bad it is; an error keeps a plan from being applied. */
  readonly severity: Severity;
  /** What is wrong, in a sentence without a full stop. */
  readonly message: string;
  /** The way out. @default - the message says it */
  readonly hint?: string;
  /** Other places that it is about: the object that goes first, the one that is meant. */
  readonly related: readonly (Location & { readonly message: string })[];
}

/** What a rule found, with its places worked out. */
export function diagnosticOf(rule: Rule, found: Found): Diagnostic {
  return {
    rule: rule.name,
    id: rule.id,
    codes: found.codes ?? rule.codes,
    severity: found.severity ?? rule.severity,
    message: found.message,
    ...(found.hint === false ? {} : { hint: found.hint || asHint(rule.remedy) }),
    ...locationOf(found.at),
    related: (found.related ?? []).map((r) => ({ message: r.message, ...locationOf(r.at) })),
  };
}

/** Hints begin small, and end without a full stop. */
const asHint = (remedy: string): string => `${remedy.charAt(0).toLowerCase()}${remedy.slice(1).replace(/\.$/, '')}`;

function locationOf(at: At): Location {
  if ('place' in at) return at.place;
  const { manifest, path, line } = at;
  const made = manifest.made?.(path);
  return {
    resource: resourceOf(manifest),
    ...(path.length > 0 ? { field: fieldText(path) } : {}),
    ...manifest.place(line === undefined ? path : [...path, line]),
    ...(made ? { construct: made.construct, ...(made.source ? { source: made.source } : {}) } : {}),
  };
}

const resourceOf = ({ apiVersion, kind, namespace, name }: Manifest): Resource => ({ apiVersion, kind, namespace, name });

/** `VirtualService shop/reviews` */
export const resourceText = (r: Resource): string => `${r.kind} ${r.namespace ? `${r.namespace}/` : ''}${r.name}`;
