import type { DestinationRuleSpec } from '../../imports/networking.istio.io';
import { dnsSubdomain } from '../values/names';
import { checkPort, type Port } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import type { trafficPolicy } from './call-policy';

/** TLS that the caller's proxy begins, where the application speaks plain HTTP. */
export interface TlsOrigination {
  /** The port outside. @default 443 */
  readonly port?: number;
  /** A file in the proxy's container. @default - the proxy's own system certificates */
  readonly caCertificates?: string;
  /**
   * Who calls, where the host wants to know (mutual TLS): files in the proxy's container, or a Secret in the namespace of the egress gateway's
   * pods, with `tls.crt`, `tls.key` and the authorities of the host, `ca.crt`. @default - the proxy shows none
   */
  readonly clientCertificate?: ClientCertificate;
}

/** A certificate that a proxy shows. */
export type ClientCertificate =
  | { readonly certificate: string; readonly privateKey: string }
  | { /** Its name. */ readonly secret: string };

const PROPERTIES: Properties<TlsOrigination> = { port: 'number?', caCertificates: 'text?', clientCertificate: 'map?' };
const FILES: Properties<{ certificate: string; privateKey: string }> = { certificate: 'text', privateKey: 'text' };

/** Throws where it is misspelt, and where proxies would not find the certificate. */
export function checkOrigination(tls: TlsOrigination, { what, viaGateway }: { what: string; viaGateway: boolean }): void {
  checkProperties<TlsOrigination>(tls, PROPERTIES, what);
  const shown = tls.clientCertificate;
  if (tls.port !== undefined) checkPort(tls.port, `port of ${what}`);
  if (!shown) return;
  if (!('secret' in shown)) {
    checkProperties(shown, FILES, `clientCertificate of ${what}`);
    return;
  }
  checkProperties(shown, { secret: 'text' }, `clientCertificate of ${what}`);
  dnsSubdomain(shown.secret, `secret of clientCertificate of ${what}`);
  if (!viaGateway)
    throw new Error(
      `clientCertificate of ${what} is a Secret, which sidecars do not read: send the calls through an EgressGateway (via), or name files in the proxy's container ({ certificate, privateKey })`,
    );
  if (tls.caCertificates !== undefined)
    throw new Error(
      `${what} has caCertificates and a Secret, which holds the authorities too: put them there, as ca.crt, and leave caCertificates out`,
    );
}

/**
 * For a Secret, which has the authorities too: istioctl and the checker see that the rule names none (IST0129).
 * Source: pkg/config/analysis/analyzers/destinationrule/ca-certificates.go.
 */
export const noteOf = ({ clientCertificate: shown }: TlsOrigination): Record<string, string> | undefined =>
  shown && 'secret' in shown ? { 'galley.istio.io/analyze-suppress': 'IST0129' } : undefined;

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
  const { caCertificates = SYSTEM_CERTIFICATES, clientCertificate: shown } = tls;
  const asked = { sni: host, subjectAltNames: [host] };
  const settings: PortSettings[number]['tls'] = !shown
    ? { mode: 'SIMPLE', ...asked, caCertificates }
    : 'secret' in shown
      ? { mode: 'MUTUAL', ...asked, credentialName: shown.secret }
      : { mode: 'MUTUAL', ...asked, caCertificates, clientCertificate: shown.certificate, privateKey: shown.privateKey };
  return ports
    .filter((p) => p.isHttp)
    .map((p) => ({
      port: { number: p.number },
      ...policyForPort(policy),
      tls: settings,
    }));
}

/** A port's policy replaces the whole's, so it has to repeat it; Istio has no retry budget for ports. */
const policyForPort = (policy: ReturnType<typeof trafficPolicy>) => {
  const { retryBudget: _, portLevelSettings: __, ...rest } = policy ?? {};
  return rest;
};
