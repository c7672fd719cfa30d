import type { Place } from '../manifests/manifest';
import type { Ref } from '../model/config';
import type { CheckedMesh } from './checked-mesh';

/**
 * How bad it is: an `error` is refused by the API server or istiod, or breaks requests; a `warning` is very likely not what
 * was meant; an `info` is worth knowing.
 */
export type Severity = 'error' | 'warning' | 'info';

/** Severities from the worst on. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** Where a field is a text of several lines: which of them is meant, from 0. */
export interface LineOfText {
  readonly line?: number;
}

/** A field of an object or, for what could not be read as one, a place in a file. */
export type At = (Ref & LineOfText) | { readonly place: Place };

/** Another place that a finding is about: the object that goes first, the one that is meant. */
export interface Related {
  readonly at: At;
  /** What is there: `the other VirtualService for this host`. */
  readonly message: string;
}

/** What a rule found, at one field of one object. */
export interface Found {
  readonly at: At;
  /** What is wrong, in a sentence without a full stop; values are quoted. */
  readonly message: string;
  /**
   * The way out: what to write, with the candidates and what was probably meant; `false` where the message says it.
   * @default - the rule's remedy, where it is empty, too
   */
  readonly hint?: string | false;
  readonly related?: readonly Related[];
  /** Where only some of a rule's findings are known to others: the codes of this one. @default - the rule's */
  readonly codes?: readonly string[];
  /** Where the rule's findings are not all as bad. @default - the rule's */
  readonly severity?: Severity;
}

/** One fault that configuration may have. A rule is one file in `rules/`, named for it. */
export interface Rule {
  /** Stands for the fault for ever: never given to another. */
  readonly id: `MESH${number}`;
  /** What it is called where people write: `subset-not-defined`. */
  readonly name: string;
  /** How bad the fault is, where a finding says nothing else. */
  readonly severity: Severity;
  /** What others call the same: `IST0101` of istioctl, `KIA1107` of Kiali. An IST code is given when istioctl gives it, and only then. */
  readonly codes: readonly string[];
  /** The fault in one line. */
  readonly summary: string;
  /** What happens at run time when nobody mends it, and where upstream says so: the text of `--explain`. */
  readonly why: string;
  /** How it is mended. */
  readonly remedy: string;
  /**
   * All places that have the fault. Costs no more than in proportion to the objects.
   * @param rules all that there are; those before this one have been asked
   */
  check(mesh: CheckedMesh, rules: readonly Rule[]): Iterable<Found>;
}

/** The rule of a name, an id, or another tool's code. */
export const findRule = (rules: readonly Rule[], name: string): Rule | undefined =>
  rules.find((r) => r.name === name || r.id === name || r.codes.includes(name));

/** All that rules are called: what a slip is compared with. */
export const ruleNames = (rules: readonly Rule[]): readonly string[] => [
  ...rules.map((r) => r.name),
  ...rules.map((r) => r.id),
  ...new Set(rules.flatMap((r) => r.codes)),
];

/** Whether it is as bad as the other, or worse. */
export const atLeast = (severity: Severity, other: Severity): boolean =>
  SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(other);
