import type { DestinationRuleSpec } from '../../imports/networking.istio.io';
import type { Port } from '../values/port';
import type { trafficPolicy } from './call-policy';

/** TLS that the caller's proxy begins, where the application speaks plain HTTP. */
export interface TlsOrigination {
  /** The port outside. @default 443 */
  readonly port?: number;
  /** A file in the proxy's container. @default - the proxy's own system certificates */
  readonly caCertificates?: string;
}

type PortSettings = NonNullable<NonNullable<DestinationRuleSpec['trafficPolicy']>['portLevelSettings']>;

/** Where the proxy's image keeps the usual authorities. */
const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * The DestinationRule's settings for the HTTP ports of a host outside that speaks TLS there: the proxy asks for the host
 * by name, and checks that it is the one who answers.
 * Source: Istio's networking/destination-rule reference, `ClientTLSSettings`.
 */
export function originated(
  host: string,
  tls: TlsOrigination,
  ports: readonly Port[],
  policy: ReturnType<typeof trafficPolicy>,
): PortSettings {
  const caCertificates = tls.caCertificates ?? SYSTEM_CERTIFICATES;
  return ports
    .filter((p) => p.isHttp)
    .map((p) => ({
      port: { number: p.number },
      ...policyForPort(policy),
      tls: { mode: 'SIMPLE', sni: host, subjectAltNames: [host], caCertificates },
    }));
}

/** A port's policy replaces the whole's, so it has to repeat it; Istio has no retry budget for ports. */
const policyForPort = (policy: ReturnType<typeof trafficPolicy>) => {
  const { retryBudget: _, portLevelSettings: __, ...rest } = policy ?? {};
  return rest;
};
