import type { Config } from '../model/config';

/**
 * Where istioctl itself finds that a rule or match of a VirtualService is never used (IST0130, IST0131): `2` for a rule,
 * `2.0` for a match of it. It is not told twice. Source: pkg/config/validation/validation.go, analyzeUnreachableHTTPRules.
 */
export function foundByIstioctl({ spec }: Config): ReadonlySet<string> {
  const out = new Set<string>();
  const seen = new Set<string>();
  const prefixes: { readonly key: string; readonly match: any }[] = [];
  let all = false;
  for (const [i, rule] of ((spec.http ?? []) as any[]).entries()) {
    if (!rule) continue;
    const matches: any[] = rule.match ?? [];
    if (all) out.add(String(i));
    if (matches.length === 0) all = true;
    if (all) continue;
    let repeated = 0;
    for (const [j, match] of matches.entries()) {
      const text = asText(match);
      if (seen.has(text)) {
        out.add(`${i}.${j}`);
        repeated++;
        continue;
      }
      seen.add(text);
      if (match?.uri?.prefix) prefixes.push({ key: `${i}.${j}`, match });
    }
    if (repeated === matches.length) out.add(String(i));
  }
  for (const [n, a] of prefixes.entries())
    for (const b of prefixes.slice(n + 1))
      if (a.match.uri.prefix !== b.match.uri.prefix && covers(a.match, b.match)) out.add(b.key);
  return out;
}

/** The same for what means the same to protobuf. */
const asText = (match: any): string =>
  JSON.stringify(
    Object.entries(match ?? {})
      .filter(([k, v]) => k !== 'name' && v && !(typeof v === 'object' && Object.keys(v).length === 0 && k !== 'uri'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, typeof v === 'object' && !Array.isArray(v) ? Object.entries(v as object).sort() : v]),
  );

const said = (m: any): string => (m?.exact ? `exact:${m.exact}` : m?.prefix ? `prefix:${m.prefix}` : '');

/** Source: validation.go, coveredValidation: a GET is assumed where no method is said. */
function covers(a: any, b: any): boolean {
  const mapCovers = (x: any = {}, y: any = {}) =>
    Object.keys(x).length === Object.keys(y).length && Object.keys(x).every((k) => k in y && said(x[k]).startsWith(said(y[k])));
  return (
    b.uri.prefix.startsWith(a.uri.prefix) &&
    (a.port ?? 0) === (b.port ?? 0) &&
    (said(a.method) || 'exact:GET').startsWith(said(b.method) || 'exact:GET') &&
    said(a.authority).startsWith(said(b.authority)) &&
    ['headers', 'queryParams', 'withoutHeaders'].every((k) => mapCovers(a[k], b[k]))
  );
}
