import type { TrafficPolicy } from '../../imports/flagger.app';
import type { ServiceHost } from './service-host';

/** What the CRD of a Canary has of a DestinationRule's policy, by field. What it does not have the API server would drop. */
const KNOWN: Readonly<Record<string, unknown>> = {
  loadBalancer: { simple: true, consistentHash: true, localityLbSetting: true, warmupDurationSecs: true },
  connectionPool: {
    http: {
      h2UpgradePolicy: true,
      http1MaxPendingRequests: true,
      http2MaxRequests: true,
      idleTimeout: true,
      maxRequestsPerConnection: true,
      maxRetries: true,
    },
  },
  outlierDetection: true,
};

/** The policy for calls of a service that Flagger releases, which writes it for both versions. Throws where its CRD has no place. */
export function canaryPolicy(service: ServiceHost<any, any>, where: string): TrafficPolicy | undefined {
  const policy = service.policies.ofAll();
  const lost = unknownIn(policy ?? {}, KNOWN, '');
  if (lost.length > 0)
    throw new Error(
      `the callPolicy of service "${service.name}" compiles to ${lost.join(', ')}, for which the Canary of ${where} has no place, so that Flagger would not write it: leave it out, or use engine 'argo-rollouts'`,
    );
  return policy as TrafficPolicy | undefined;
}

function unknownIn(value: object, known: unknown, path: string): string[] {
  if (known === true) return [];
  return Object.entries(value).flatMap(([key, v]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const below = (known as Record<string, unknown>)[key];
    return below === undefined ? [at] : typeof v === 'object' && v !== null ? unknownIn(v, below, at) : [];
  });
}
