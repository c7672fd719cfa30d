import type { Manifests } from '../manifests/manifest';
import { compare } from '../model/config';
import { CheckedMesh, type CheckedMeshOptions } from './checked-mesh';
import { type Diagnostic, diagnosticOf } from './diagnostic';
import { atLeast, type Rule, type Severity } from './rule';
import { RULES } from './rules';
import type { Suppression } from './suppression';

/** How to check. */
export interface CheckOptions extends CheckedMeshOptions {
  /** Findings of other rules are left out. @default - all */
  readonly rules?: readonly Rule[];
  /** Findings that are less bad are left out. @default 'info' */
  readonly severity?: Severity;
}

/** A finding that an annotation suppresses. */
export interface Suppressed {
  readonly diagnostic: Diagnostic;
  readonly suppression: Suppression;
}

/** What came out. */
export interface CheckReport {
  /** By file and line. */
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressed: readonly Suppressed[];
  readonly summary: Summary;
}

/** How much was looked at, and how many findings there are. */
export interface Summary {
  readonly objects: number;
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  readonly suppressed: number;
  /**
   * Objects that rules about the mesh do not see, since a value in them has a wrong type, or Istio's webhook refuses them: once
   * they are mended, more may be found.
   */
  readonly refused: number;
  /** Findings that are left out since they are less severe than asked for. */
  readonly lessSevere: number;
  /** Findings that are left out since their rules were not asked for. */
  readonly ofOtherRules: number;
}

/** Says what is wrong, or likely to be, in manifests: ours or anyone's. Reads nothing but what it is given. */
export function check(given: Manifests, { rules = RULES, severity = 'info', ...options }: CheckOptions = {}): CheckReport {
  const mesh = new CheckedMesh(given, options);
  const diagnostics: Diagnostic[] = [];
  const suppressed: Suppressed[] = [];
  const asked = new Set(rules);
  let lessSevere = 0;
  let ofOtherRules = 0;
  // all of them, whatever is wanted: a suppression is without effect only when its own rule was asked
  for (const rule of RULES)
    for (const found of rule.check(mesh, RULES)) {
      const diagnostic = diagnosticOf(rule, found);
      const suppression = 'manifest' in found.at ? mesh.suppressions.of(found.at.manifest, diagnostic) : undefined;
      if (!asked.has(rule)) {
        if (!suppression) ofOtherRules++;
      } else if (suppression) suppressed.push({ diagnostic, suppression });
      else if (atLeast(diagnostic.severity, severity)) diagnostics.push(mesh.suppressions.shown(found.at, diagnostic));
      else lessSevere++;
    }
  diagnostics.sort(byPlace);
  const count = (s: Severity) => diagnostics.filter((d) => d.severity === s).length;
  return {
    diagnostics,
    suppressed,
    summary: {
      objects: given.manifests.length + mesh.misshapen.length,
      errors: count('error'),
      warnings: count('warning'),
      infos: count('info'),
      suppressed: suppressed.length,
      refused: mesh.misshapen.length + mesh.invalid.length,
      lessSevere,
      ofOtherRules,
    },
  };
}

const byPlace = (a: Diagnostic, b: Diagnostic): number =>
  compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.id, b.id) || compare(a.message, b.message);
