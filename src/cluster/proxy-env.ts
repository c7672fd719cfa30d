import { BlockList, isIP } from 'node:net';

/**
 * The proxy that the environment names for a server, as kubectl takes it: `HTTPS_PROXY` (of a server without TLS `HTTP_PROXY`),
 * unless the server is this machine or `NO_PROXY` names it. Source: golang.org/x/net/http/httpproxy.
 */
export function proxyOf(server: URL, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[name] || env[name.toLowerCase()];
  if (!proxy) return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  if (isThisMachine(host)) return undefined;
  const spared = (env.NO_PROXY || env.no_proxy || '').split(',').map((s) => s.trim().toLowerCase());
  if (spared.some((s) => s !== '' && isSpared(host, port, s))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

const isThisMachine = (host: string): boolean =>
  host === 'localhost' || (isIP(host) === 4 ? host.startsWith('127.') : host === '::1');

/** `*`, an address, a range of them, a name and those below it, or with a dot before it those below it alone; each with a port or without. */
function isSpared(host: string, port: string, spared: string): boolean {
  if (spared === '*') return true;
  const [address = '', bits] = spared.split('/');
  if (bits !== undefined) return isIP(address) !== 0 && isIP(address) === isIP(host) && isWithin(host, address, Number(bits));
  const [, name = spared, only] = isIP(spared) === 6 ? [] : (/^\[?(.*?)\]?(?::(\d+))?$/.exec(spared) ?? []);
  if (only !== undefined && only !== port) return false;
  if (isIP(host) !== 0) return host === name;
  const below = name.replace(/^\*?\./, '');
  return host.endsWith(`.${below}`) || (host === below && below === name);
}

function isWithin(host: string, network: string, bits: number): boolean {
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (!(bits >= 0 && bits <= (family === 'ipv6' ? 128 : 32))) return false;
  const range = new BlockList();
  range.addSubnet(network, bits, family);
  return range.check(host, family);
}
