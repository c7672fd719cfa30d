import type { ForwardAction, HeaderChanges, Route, WeightedCluster } from '../model/route';
import { re2 } from '../routing/string-match';
import { type Headers, queryOf, withoutQuery } from './request';

/** Removals first, then what is added or set, in order. Source: Envoy's router/header_parser. */
export function changeHeaders(headers: Headers, changes: HeaderChanges): void {
  for (const name of changes.remove) headers.delete(name);
  for (const { name, value, append } of changes.add) {
    const known = append ? headers.get(name) : undefined;
    const said = formatted(value, headers);
    if (said !== '' || value === '') headers.set(name, known ? [...known, said] : [said]);
  }
}

/** Envoy's formats: `%%` is a percent sign; what only a live proxy knows stays as it is written. Source: Envoy's substitution formatter. */
function formatted(value: string, headers: Headers): string {
  return value.replace(/%%|%PROTOCOL%|%REQ\(([^)?]+)(?:\?([^)]+))?\)(?::(\d+))?%/g, (whole, name, other, length) => {
    if (whole === '%%') return '%';
    if (whole === '%PROTOCOL%') return 'HTTP/1.1';
    const found = headers.get(name.toLowerCase())?.[0] ?? (other ? headers.get(other.toLowerCase())?.[0] : undefined) ?? '';
    return length ? found.slice(0, Number(length)) : found;
  });
}

/** The headers as the upstream gets them: the destination's changes come first, then the route's. */
export function upstreamHeaders(route: Route, to: WeightedCluster, given: Headers): Headers {
  const headers: Headers = new Map(given);
  if (to.request) changeHeaders(headers, to.request);
  changeHeaders(headers, route.request);
  return headers;
}

/** The path after the route's rewrite; the query stays. Source: Envoy's route config, prefix_rewrite and regex_rewrite. */
export function rewrittenPath(route: Route, action: ForwardAction, path: string): string {
  const plain = withoutQuery(path);
  if (action.regexRewrite) {
    const { regex, substitution } = action.regexRewrite;
    return re2(regex).matcher(plain).replaceAll(backReferences(substitution)) + queryOf(path);
  }
  if (action.prefixRewrite === undefined) return path;
  return replacedStart(route, plain, action.prefixRewrite) + queryOf(path);
}

/** What the route matched is replaced: a prefix, or all of it. */
export function replacedStart({ match }: Route, path: string, by: string): string {
  return match.path.kind === 'prefix' ? by + path.slice(match.path.value.length) : by;
}

/** RE2's `\1` as the engine here takes it; `$` is no sign of RE2. */
const backReferences = (substitution: string): string =>
  substitution.replace(/\\(\d)|\\\\|\$/g, (whole, digit) => (digit !== undefined ? `$${digit}` : whole === '$' ? '\\$' : '\\\\'));
