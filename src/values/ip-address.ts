import { isIP } from 'node:net';

/** Whether the text is an IP address or, where that is said, a block of them (`10.0.0.0/8`). */
export function isIpAddress(text: string, block?: 'or a block'): boolean {
  const [ip, bits, ...more] = String(text).split('/');
  const version = isIP(ip!);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (block !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
