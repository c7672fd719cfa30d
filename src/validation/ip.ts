import type { Field } from './field';

/** An IPv4 address as Go reads it: four numbers without leading zeros. */
const isIpv4 = (text: string): boolean => {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256);
};

function isIpv6(text: string): boolean {
  const at = text.indexOf('%');
  if (at >= 0 && at === text.length - 1) return false; // a zone has a name
  const address = at < 0 ? text : text.slice(0, at);
  const halves = address.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [i, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    for (const [j, p] of parts.entries()) {
      const last = i === halves.length - 1 && j === parts.length - 1;
      if (last && p.includes('.')) {
        if (!isIpv4(p)) return false;
        groups += 2;
      } else if (/^[0-9a-fA-F]{1,4}$/.test(p)) groups++;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** Whether it is an address. Source: Go's netip.ParseAddr. */
export const isIp = (text: string): boolean => (text.includes(':') ? isIpv6(text) : isIpv4(text));

/** Whether it is a range such as `10.0.0.0/8`. Source: Go's netip.ParsePrefix. */
export function isRange(text: string): boolean {
  const at = text.lastIndexOf('/');
  if (at < 0) return false;
  const [address, bits] = [text.slice(0, at), text.slice(at + 1)];
  if (!isIp(address) || address.includes('%')) return false;
  return /^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (address.includes(':') ? 128 : 32);
}

export function ipAddress(field: Field): void {
  if (!isIp(field.text)) field.error(`"${field.text}" is no IP address`);
}

/** An address, or a range of them. Source: agent/validation.go, ValidateIPSubnet. */
export function ipOrRange(field: Field): void {
  const { text } = field;
  if (text.includes('/') ? !isRange(text) : !isIp(text))
    field.error(`"${text}" is neither an IP address nor a range of them, such as "10.0.0.0/8"`);
}
