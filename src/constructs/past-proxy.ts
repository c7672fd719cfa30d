import type { WorkloadProps } from './workload-props';

const RANGES = 'traffic.sidecar.istio.io/excludeOutboundIPRanges';

const rangesOf = ({ podAnnotations }: Pick<WorkloadProps, 'podAnnotations'>): readonly string[] =>
  (podAnnotations?.[RANGES] ?? '')
    .split(',')
    .map((r) => r.trim())
    .filter((r) => r !== '');

/** Throws where all that pods call would go past their proxy. */
export function checkPastProxy(w: Pick<WorkloadProps, 'podAnnotations'>, what: string): void {
  const all = rangesOf(w).find((r) => /\/0+$/.test(r));
  if (all)
    throw new Error(
      `podAnnotations of ${what} send all that it calls past the proxy (${RANGES}: "${all}"): nothing of the mesh would hold; name the addresses that are meant, or declare them as an ExternalService with addresses`,
    );
}

/** What goes past the proxies of a service, as a warning. */
export function pastProxy(versions: Readonly<Record<string, Pick<WorkloadProps, 'podAnnotations'>>>): string | undefined {
  const ranges = [...new Set(Object.values(versions).flatMap(rangesOf))];
  return ranges.length === 0
    ? undefined
    : `lets calls to ${ranges.join(', ')} go past the proxy (${RANGES}): no mutual TLS, no limits, no telemetry, and no egress rule holds there; declare an ExternalService with these addresses instead, where that will do`;
}
