/** From when to when a certificate is good. */
export interface Validity {
  readonly from: Date;
  readonly to: Date;
}

/**
 * Validity of the first certificate of PEM; nothing where there is none, or it cannot be read. Nothing but the dates is
 * looked at, so that it runs in a browser, too. Source: pilot/pkg/xds/sds.go, ValidateCertificate; RFC 5280, section 4.1.
 */
export function certificateValidity(pem: string): Validity | undefined {
  const [, body] = /-----BEGIN [^-]*-----\s*\r?\n([A-Za-z0-9+/=\s]*)-----END [^-]*-----/.exec(pem) ?? [];
  if (body === undefined) return undefined;
  let der: Uint8Array;
  try {
    der = Uint8Array.from(atob(body.replace(/\s/g, '')), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
  const certificate = read(der, 0);
  const signed = certificate?.tag === SEQUENCE ? read(der, certificate.start) : undefined;
  if (signed?.tag !== SEQUENCE) return undefined;
  let field = read(der, signed.start);
  if (field?.tag === VERSION) field = read(der, field.end);
  // serial number, algorithm, issuer
  for (let i = 0; i < 3; i++) field = field && read(der, field.end);
  const from = field?.tag === SEQUENCE ? read(der, field.start) : undefined;
  const to = from && read(der, from.end);
  const dates = [from, to].map((t) => t && time(der, t));
  return dates[0] && dates[1] ? { from: dates[0], to: dates[1] } : undefined;
}

const SEQUENCE = 0x30;
const VERSION = 0xa0;
const UTC_TIME = 0x17;

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** An element of DER; nothing where there is none. */
function read(der: Uint8Array, at: number): Element | undefined {
  const [tag, first] = [der[at], der[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const more = first & 0x80 ? first & 0x7f : 0;
  if (more > 4) return undefined;
  let length = more ? 0 : first;
  for (let i = 0; i < more; i++) length = length * 256 + (der[at + 2 + i] ?? 0);
  const start = at + 2 + more;
  return start + length <= der.length ? { tag, start, end: start + length } : undefined;
}

/** `250101120000Z`, or with four digits for the year. */
function time(der: Uint8Array, { tag, start, end }: Element): Date | undefined {
  const text = String.fromCharCode(...der.slice(start, end));
  const [, year, rest] = /^(\d{2}|\d{4})(\d{10})Z$/.exec(text) ?? [];
  if (year === undefined || (year.length === 2) !== (tag === UTC_TIME)) return undefined;
  const full = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900);
  const [month, day, hour, minute, second] = rest!.match(/../g)!.map(Number) as [number, number, number, number, number];
  return new Date(Date.UTC(full, month - 1, day, hour, minute, second));
}
