import { millis } from './mesh-config';

/** Ends the validation of an object: what is wrong with it. */
export function no(message: string): never {
  throw new Error(message);
}

/** Source: pkg/config/validation/agent/validation.go, ValidateDuration. */
export function time(value: unknown, what: string): void {
  if (value === undefined || value === null) return;
  const ms = millis(value);
  if (ms === undefined || ms < 1) no(`${what} "${value}" is no time of 1 ms or more`);
  if (ms % 1 !== 0) no(`${what} "${value}" is not in whole milliseconds`);
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A name of one part, as namespaces and ports have. */
export function label(value: string, what: string): void {
  if (value.length > 63 || !LABEL.test(value)) no(`${what} "${value}" is no name of letters, digits and dashes`);
}

/** Parts of a name, of which the first may begin with `*` where wildcards may be. */
export function domain(value: string, what: string, wild: boolean): void {
  if (value === '' || value.length > 255) no(`${what} is empty or too long`);
  const [first, ...rest] = value.replace(/\.$/, '').split('.');
  const part = wild ? first!.replace(/^\*-?/, '') : first!;
  for (const p of part === '' && wild ? rest : [part, ...rest])
    if (p.length > 63 || !/^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(p)) no(`${what} "${value}" is no name of a host`);
}

/** An IPv4 address, or a range of them; IPv6 is told by its colons. */
export function address(value: string, what: string, range: boolean): void {
  const [ip, length] = value.split('/') as [string, string | undefined];
  const four = /^\d{1,3}(\.\d{1,3}){3}$/.test(ip) && ip.split('.').every((p) => Number(p) < 256);
  if (!four && !ip.includes(':')) no(`${what} "${value}" is no address`);
  if (length !== undefined && (!range || !/^\d+$/.test(length) || Number(length) > (four ? 32 : 128)))
    no(`${what} "${value}" is no range of addresses`);
}

/** Who may see an object. Source: validation.go, validateExportTo. */
export function exportTo(given: readonly string[] | undefined, namespace: string, kind: 'entry' | 'selecting' | 'other'): void {
  if (!given || given.length === 0) return;
  const seen = new Set<string>();
  for (const e of given) {
    const key = e === '.' ? namespace : e;
    if (seen.has(key)) no(`exportTo has ${e} twice`);
    if (e === '~' && kind !== 'entry') no('exportTo has ~, which is for ServiceEntries alone');
    if (!['~', '.', '*'].includes(e)) label(e, 'exportTo');
    seen.add(key);
  }
  if (kind === 'selecting' && (seen.size > 1 || !seen.has(namespace)))
    no('with a workloadSelector it may be exported to its own namespace alone');
  if (given.length > 1 && (seen.has('*') || seen.has('~'))) no('exportTo has * or ~ and more');
}

/** Source: validation.go, validateWorkloadSelector. */
export function selector(labels: Readonly<Record<string, string>> | undefined): void {
  for (const [key, value] of Object.entries(labels ?? {}))
    if (key === '' || key.includes('*') || value.includes('*')) no(`the selector has "${key}=${value}"`);
}
