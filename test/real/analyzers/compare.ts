import { parse, parseAllDocuments } from 'yaml';
import { check } from '../../../src/check/check';
import { resourceText } from '../../../src/check/diagnostic';
import { RULES } from '../../../src/check/rules';
import { isIstioctls } from '../../../src/check/suppression';
import { parseManifests } from '../../../src/manifests/parse';
import type { Analysis } from '../istio';
import { DIFFERENCES } from './differences';

/** Manifests that both look at. */
export interface Compared {
  readonly id: string;
  readonly yaml: string;
  /** YAML of MeshConfig. */
  readonly meshConfig?: string;
}

/** A finding of either: `IST0101 VirtualService shop/reviews`, with what was said. */
export interface Said {
  readonly code: string;
  readonly resource: string;
  readonly messages: readonly string[];
}

/** The codes that are compared: those that some rule has. */
export const CODES: ReadonlySet<string> = new Set(RULES.flatMap((r) => r.codes).filter((c) => c.startsWith('IST')));

/** `IST0101 VirtualService shop/reviews` */
export const keyOf = (s: Said): string => `${s.code} ${s.resource}`;

/** What the checker finds, by `keyOf`. */
export function ours({ id, yaml, meshConfig }: Compared): Map<string, Said> {
  const options = meshConfig === undefined ? {} : { meshConfig: parse(meshConfig) ?? {} };
  const out = new Map<string, { code: string; resource: string; messages: string[] }>();
  const { diagnostics, suppressed } = check(parseManifests(yaml, id), options);
  // our own suppressions are none of istioctl's
  const found = [...diagnostics, ...suppressed.filter((s) => !isIstioctls(s.suppression)).map((s) => s.diagnostic)];
  for (const d of found)
    for (const code of d.codes)
      if (CODES.has(code) && d.resource) {
        const said = { code, resource: resourceText(d.resource), messages: [d.message] };
        const known = out.get(keyOf(said));
        if (known) known.messages.push(d.message);
        else out.set(keyOf(said), said);
      }
  return out;
}

const TEMPLATES = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job']);

/** What istioctl's analyzers find, by `keyOf`. Of a Pod that stands for a workload it is the workload. */
export function theirs({ yaml }: Compared, analysis: Analysis): Map<string, Said> {
  const workloads = new Map<string, string>();
  const pods = new Set<string>();
  for (const o of objectsOf(yaml)) {
    const place = `${o.metadata?.namespace ? `${o.metadata.namespace}/` : ''}${o.metadata?.name}`;
    if (TEMPLATES.has(o.kind)) workloads.set(`Pod ${place}-0`, `${o.kind} ${place}`);
    if (o.kind === 'Pod') pods.add(`Pod ${place}`);
  }
  const out = new Map<string, { code: string; resource: string; messages: string[] }>();
  for (const f of analysis.pods ?? []) {
    if (!CODES.has(f.code)) continue;
    const resource = pods.has(f.resource) ? f.resource : (workloads.get(f.resource) ?? f.resource);
    const said = { code: f.code, resource, messages: [f.message] };
    const known = out.get(keyOf(said));
    if (known) known.messages.push(f.message);
    else out.set(keyOf(said), said);
  }
  return out;
}

/** The objects of YAML, as they are written; none where it cannot be read. */
export const objectsOf = (yaml: string): any[] =>
  parseAllDocuments(yaml, { logLevel: 'silent' })
    .flatMap((d) => {
      const o = d.errors.length > 0 ? null : (d.toJS() as any);
      return o?.kind === 'List' && Array.isArray(o.items) ? o.items : [o];
    })
    .filter((o) => typeof o === 'object' && o !== null);

/** Something that only one of the two finds. */
export interface Disagreement extends Said {
  readonly case: Compared;
  readonly by: 'istioctl' | 'us';
}

/** What only one of the two finds, but for what the table of differences tells. */
export function disagreements(c: Compared, analysis: Analysis, counts?: Map<string, number>): Disagreement[] {
  const [we, they] = [ours(c), theirs(c, analysis)];
  const out: Disagreement[] = [];
  let objects: any[] | undefined;
  const add = (said: Said, by: Disagreement['by']) => {
    objects ??= objectsOf(c.yaml);
    const known = DIFFERENCES.find(
      (d) => (d.code === '*' || d.code === said.code) && (d.by === 'either' || d.by === by) && d.is(said, objects!, c),
    );
    if (known) counts?.set(known.why, (counts.get(known.why) ?? 0) + 1);
    else out.push({ ...said, by, case: c });
  };
  for (const [key, said] of they) if (!we.has(key)) add(said, 'istioctl');
  for (const [key, said] of we) if (!they.has(key)) add(said, 'us');
  return out;
}
