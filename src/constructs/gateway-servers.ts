import type { Server } from '../../imports/networking.istio.io';
import { dnsSubdomain } from '../values/names';
import { checkPort } from '../values/port';

/** How a gateway speaks TLS with clients. */
export type GatewayTls =
  /** The gateway has the certificate. */
  | { readonly mode?: 'simple'; readonly credentialName: string; readonly redirectHttp?: boolean }
  /** Clients have to show one, too. */
  | { readonly mode: 'mutual'; readonly credentialName: string; readonly redirectHttp?: boolean };

/** A certificate that cert-manager keeps up to date in the gateway's namespace. */
export interface GatewayCertificate {
  /** Name of the issuer. */
  readonly issuer: string;
  /** @default 'ClusterIssuer' */
  readonly kind?: 'Issuer' | 'ClusterIssuer';
}

/** Throws unless the ports and the name of the certificate's Secret are such. */
export function checkServers(port: number, tls: GatewayTls | undefined, tlsPort: number, what: string): void {
  checkPort(port, `port of ${what}`);
  checkPort(tlsPort, `tlsPort of ${what}`);
  if (tls) dnsSubdomain(tls.credentialName, `tls.credentialName of ${what}`, 'the name of a Secret');
}

/** The servers for HTTP and HTTPS. With TLS, port 80 is there for the redirect alone. */
export function httpServers(hosts: readonly string[], port: number, tls: GatewayTls | undefined, tlsPort: number): Server[] {
  const plain: Server = {
    hosts,
    port: { number: port, name: 'http', protocol: 'HTTP' },
    ...(tls && tls.redirectHttp !== false ? { tls: { httpsRedirect: true } } : {}),
  };
  if (!tls) return [plain];
  return [
    plain,
    {
      hosts,
      port: { number: tlsPort, name: 'https', protocol: 'HTTPS' },
      tls: { mode: tls.mode === 'mutual' ? 'MUTUAL' : 'SIMPLE', credentialName: tls.credentialName },
    },
  ];
}

/** A server that hands connections on as they are. */
export const tcpServer = (port: number): Server => ({
  hosts: ['*'],
  port: { number: port, name: `tcp-${port}`, protocol: 'TCP' },
});

/** A server that looks at the name in the TLS hello and hands the connection on, still encrypted. */
export const passthroughServer = (hosts: readonly string[], port: number): Server => ({
  hosts,
  port: { number: port, name: `tls-${port}`, protocol: 'TLS' },
  tls: { mode: 'PASSTHROUGH' },
});
