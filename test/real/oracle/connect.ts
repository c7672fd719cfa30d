import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { KeyPair } from './certificates';

/** How a connection is made. */
export interface Connecting {
  /** The port that Envoy listens on for it. */
  readonly port: number;
  /** Where the client meant to connect to. */
  readonly to: { readonly ip: string; readonly port: number };
  /** The client's own port, unique: Envoy says it of the connection. */
  readonly from: number;
  readonly tls: boolean;
  readonly sni: string;
  readonly alpn: readonly string[];
  /** The caller's identity. */
  readonly identity: KeyPair | undefined;
}

/** A connection on which PROXY protocol has said what was dialled, and by whom. */
export async function connected(how: Connecting): Promise<net.Socket | string> {
  const raw = net.connect({ host: '127.0.0.1', port: how.port, noDelay: true });
  try {
    await once(raw, 'connect');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  }
  const { to, from, tls: speaksTls, sni, alpn, identity } = how;
  raw.write(`PROXY TCP4 127.0.0.1 ${to.ip} ${from} ${to.port}\r\n`);
  if (!speaksTls) return raw;
  const secured = tls.connect({
    socket: raw,
    rejectUnauthorized: false,
    ...(isName(sni) ? { servername: sni } : {}),
    ...(identity ?? {}),
    ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
  });
  if (!alpn.includes('h2')) return secured;
  try {
    await once(secured, 'secureConnect'); // what is spoken is chosen by then
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  }
  return secured;
}

/** TLS hellos say no addresses. */
const isName = (sni: string) => sni !== '' && net.isIP(sni) === 0;
