import type { Manifest } from '../../manifests/manifest';
import { hostsMeet, isWild } from '../../model/host';
import { list } from '../facts/references';
import { serverHosts } from '../facts/served-hosts';

/** The servers of a Gateway by their hosts, but for such as send to HTTPS whatever comes. */
interface Servers {
  readonly exact: ReadonlyMap<string, readonly number[]>;
  readonly wild: readonly (readonly [host: string, port: number])[];
}

const known = new WeakMap<Manifest, Servers>();

function serversOf(gateway: Manifest): Servers {
  const made = known.get(gateway);
  if (made) return made;
  const exact = new Map<string, number[]>();
  const wild: [string, number][] = [];
  for (const s of list(gateway.object.spec?.servers).filter((s) => !s.tls?.httpsRedirect))
    for (const host of serverHosts(s)) {
      const port = Number(s.port?.number);
      if (isWild(host)) wild.push([host, port]);
      else if (exact.has(host)) exact.get(host)!.push(port);
      else exact.set(host, [port]);
    }
  known.set(gateway, { exact, wild });
  return { exact, wild };
}

/** The ports where a Gateway has requests for a host. */
export function portsFor(gateway: Manifest, host: string): readonly number[] {
  const { exact, wild } = serversOf(gateway);
  const own = isWild(host) ? [...exact].flatMap(([h, ports]) => (hostsMeet(h, host) ? ports : [])) : (exact.get(host) ?? []);
  return [...own, ...wild.flatMap(([h, port]) => (hostsMeet(h, host) ? [port] : []))];
}
