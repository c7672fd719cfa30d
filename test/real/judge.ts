import type { Applied } from './apiserver';
import type { Analysis, Finding, Verdict } from './istio';
import { nameOf } from './manifests';
import { expectNone } from './report';

/** What the analyzers say of any EnvoyFilter, however good: not a fault of the manifest. */
const ENVOY_FILTER_CODES: readonly string[] = ['IST0133', 'IST0151', 'IST0152', 'IST0153', 'IST0154', 'IST0155'];

function isEnvoyFilterWarning({ code, level, resource }: Finding): boolean {
  return level !== 'Error' && resource.startsWith('EnvoyFilter ') && ENVOY_FILTER_CODES.includes(code);
}

/** Throws unless the API server accepted every object, without a warning. */
export function expectAccepted(applied: readonly Applied[]): void {
  if (applied.length === 0) throw new Error('there are no objects');
  expectNone(
    'the API server refuses',
    applied.filter(({ ok }) => !ok).map(({ object, message }) => `${nameOf(object)}: ${message}`),
  );
  expectNone(
    'the API server warns',
    applied.flatMap(({ object, warnings }) => warnings.map((warning) => `${nameOf(object)}: ${warning}`)),
  );
}

/**
 * Throws unless istioctl's analyzers, with a Pod for each workload, find nothing but EnvoyFilter's own warnings.
 * @param meant findings that are lived with, as `IST0101 Gateway shop/edge`
 */
export function expectNoFindings(analysis: Analysis, meant: ReadonlySet<string> = new Set()): void {
  const findings = analysis.pods.filter((f) => !isEnvoyFilterWarning(f) && !meant.has(`${f.code} ${f.resource}`));
  const found = findings.map(
    ({ code, level, resource, message, at }) => `${code} ${level} ${resource} (${at ?? '?'}): ${message}`,
  );
  expectNone('istioctl analyze finds', [...found, ...(analysis.errors ?? [])]);
}

/** Throws unless istiod's webhook would let every Istio object in. */
export function expectValid(verdicts: readonly Verdict[]): void {
  const refused = verdicts.flatMap(({ resource, stage, errors }) => errors.map((error) => `${resource} (${stage}): ${error}`));
  expectNone("istiod's validation refuses", refused);
}
