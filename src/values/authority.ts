import { isIP } from 'node:net';
import { hostName } from './names';
import { checkPort } from './port';

/**
 * Throws unless the text is an authority that a proxy may write into a request: a host name or an IP, and a port where
 * wanted. Envoy sends anything else as it is.
 */
export function checkAuthority(authority: string, what: string): string {
  const [, host, port] = /^(.*?)(?::(\d+))?$/s.exec(authority)!;
  if (port !== undefined) checkPort(Number(port), `port in ${what}`);
  if (isIP(host!.replace(/^\[(.*:.*)\]$/, '$1')) === 0) hostName(host!, what);
  return authority;
}
