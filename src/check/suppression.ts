import type { Manifest } from '../manifests/manifest';
import type { Ref } from '../model/config';
import { isDate } from '../values/date';
import type { Diagnostic } from './diagnostic';
import { filed } from './fields';
import type { At, LineOfText } from './rule';

/** Annotation of an object: findings about it that are meant to be, a line each: `<rule>[ until <date>]: <reason>`. */
export const IGNORE = 'mesh.cdk8s.io/ignore';
/** istioctl's own annotation: codes with commas between them, or `*`. Source: pkg/config/analysis/local/istiod_analyze.go. */
export const ISTIOCTL_IGNORE = 'galley.istio.io/analyze-suppress';

/** One finding that somebody decided to live with. */
export interface Suppression {
  /** Name or id of the rule, an IST code, or `*` for all of istioctl's. */
  readonly rule: string;
  readonly reason: string;
  /** Day from which on it suppresses no more. */
  readonly until?: string;
  /** Who says so: the annotation. */
  readonly at: Ref & LineOfText;
  /** As it is written: the same line at several objects is one decision, as a construct writes it to all that it made. */
  readonly line: string;
}

/** A line of the annotation that says nothing that can be followed. */
export interface BadSuppression {
  readonly at: Ref & LineOfText;
  readonly message: string;
}

const LINE = /^(\S+?)(?:\s+until\s+(\S+?))?\s*:\s*(.*)$/;

/** What the annotations of an object suppress; scoped to that object. */
export function suppressionsOf(manifest: Manifest): readonly (Suppression | BadSuppression)[] {
  const out: (Suppression | BadSuppression)[] = [];
  const ours = manifest.annotations[IGNORE];
  if (typeof ours === 'string') {
    for (const [i, line] of ours.split('\n').entries()) {
      const at = { manifest, path: ['metadata', 'annotations', IGNORE], line: i };
      if (line.trim() === '') continue;
      const [, rule, until, reason] = LINE.exec(line.trim()) ?? [];
      if (rule === undefined || reason === '')
        out.push({
          at,
          message: `"${line.trim()}" gives no reason: write "<rule>: <reason>", or "<rule> until <date>: <reason>"`,
        });
      else if (until !== undefined && !isDate(until))
        out.push({ at, message: `"${until}" is no date: write it like 2026-12-01` });
      else out.push({ at, line: line.trim(), rule, reason: reason!, ...(until === undefined ? {} : { until }) });
    }
  }
  // that of a template is its pods'
  for (const [path, metadata] of [
    [[], manifest.object.metadata],
    [TEMPLATE, manifest.object.spec?.template?.metadata],
  ] as const) {
    const istioctls = metadata?.annotations?.[ISTIOCTL_IGNORE];
    if (typeof istioctls !== 'string') continue;
    const at: Ref = { manifest, path: [...path, 'metadata', 'annotations', ISTIOCTL_IGNORE] };
    for (const code of istioctls.split(',')) out.push({ at, line: code, rule: code, reason: ISTIOCTL_IGNORE });
  }
  return out;
}

const TEMPLATE = ['spec', 'template'];

/** Whether it is about that part of the object: what a template's annotation says is said of its pods. */
const isWithin = (s: Suppression, d: Diagnostic): boolean =>
  s.at.path[0] !== 'spec' || d.field?.startsWith(TEMPLATE.join('.')) === true;

const isIst = (code: string) => code.startsWith('IST');

/** Whether it means the finding. */
function names(s: Suppression, d: Diagnostic): boolean {
  if (isIstioctls(s)) return isWithin(s, d) && d.codes.some((c) => isIst(c) && (s.rule === '*' || s.rule === c));
  return s.rule === d.rule || s.rule === d.id || d.codes.includes(s.rule);
}

/** Whether it is istioctl's annotation that says it. */
export const isIstioctls = (s: Suppression): boolean => s.at.path.at(-1) === ISTIOCTL_IGNORE;

/** The suppressions of a mesh, and which of them found something to suppress. */
export class Suppressions {
  readonly all: readonly Suppression[];
  readonly bad: readonly BadSuppression[];
  private readonly byManifest = new Map<Manifest, Suppression[]>();
  private readonly used = new Set<string>();

  constructor(
    manifests: readonly Manifest[],
    private readonly now: Date,
  ) {
    const said = manifests.flatMap((m) => suppressionsOf(m));
    this.all = said.filter((s) => 'rule' in s);
    this.bad = said.filter((s) => 'message' in s);
    for (const s of this.all) filed(this.byManifest, s.at.manifest, s);
  }

  /** The one that suppresses a finding about an object, where there is one. */
  of(manifest: Manifest, diagnostic: Diagnostic): Suppression | undefined {
    const meant = this.byManifest.get(manifest)?.filter((s) => names(s, diagnostic)) ?? [];
    for (const s of meant) this.used.add(s.line);
    return meant.find((s) => !this.isOver(s) && !(isIstioctls(s) && this.left(manifest, diagnostic).some(isIst)));
  }

  /** The codes of a finding without those of istioctl that its own annotation suppresses: it tells them one by one. */
  left(manifest: Manifest, diagnostic: Diagnostic): readonly string[] {
    const { codes } = diagnostic;
    const theirs = this.byManifest.get(manifest)?.filter((s) => isIstioctls(s) && isWithin(s, diagnostic)) ?? [];
    return theirs.length === 0 ? codes : codes.filter((c) => !isIst(c) || !theirs.some((s) => s.rule === '*' || s.rule === c));
  }

  /** A finding that is not suppressed, without the codes that are. */
  shown(at: At, diagnostic: Diagnostic): Diagnostic {
    const codes = 'manifest' in at ? this.left(at.manifest, diagnostic) : diagnostic.codes;
    return codes.length === diagnostic.codes.length ? diagnostic : { ...diagnostic, codes };
  }

  /** Whether its day is past. */
  isOver(s: Suppression): boolean {
    return s.until !== undefined && isOver(s.until, this.now);
  }

  /** Whether a finding of those asked for so far was meant by it, or by the same line elsewhere. */
  isUsed(s: Suppression): boolean {
    return this.used.has(s.line);
  }
}

/** Whether the day is past. */
const isOver = (until: string, now: Date): boolean =>
  Date.parse(until.includes('T') ? until : `${until}T23:59:59.999Z`) < now.getTime();
