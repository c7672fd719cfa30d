import type { ForwardAction, HeaderChanges, Route, WeightedCluster } from '../model/route';
import { re2 } from '../routing/string-match';
import type { Destination } from './outcome';
import { type Headers, queryOf, type TraceRequest, withoutQuery } from './request';

/** What a client speaks, as Envoy writes it. */
export type Protocol = 'HTTP/1.1' | 'HTTP/2';

export const protocolOf = ({ alpn }: Pick<TraceRequest, 'alpn'>): Protocol =>
  alpn.some((a) => a === 'h2' || a === 'h2c') ? 'HTTP/2' : 'HTTP/1.1';

export const isNone = ({ add, remove }: HeaderChanges): boolean => add.length === 0 && remove.length === 0;

/** What is set goes before what is added, wherever it stands. */
export const settingFirst = (changes: HeaderChanges): HeaderChanges['add'] => [
  ...changes.add.filter((c) => !c.append),
  ...changes.add.filter((c) => c.append),
];

/**
 * Removals first, then what is set, then what is added; values are made before anything is set or added.
 * Source: Envoy's router/header_parser.
 */
export function changeHeaders(headers: Headers, changes: HeaderChanges, protocol: Protocol): void {
  for (const name of changes.remove) headers.delete(name);
  const made = settingFirst(changes).map((c) => ({ ...c, said: formatted(c.value, headers, protocol) }));
  for (const { name, value, append, said } of made) {
    const known = append ? headers.get(name) : undefined;
    if (said !== '' || value === '') headers.set(name, known ? [...known, said] : [said]);
  }
}

/** Envoy's formats: `%%` is a percent sign; what only a live proxy knows stays as it is written. Source: Envoy's substitution formatter. */
function formatted(value: string, headers: Headers, protocol: Protocol): string {
  return value.replace(/%%|%PROTOCOL%|%REQ\(([^)?]+)(?:\?([^)]+))?\)(?::(\d+))?%/g, (whole, name, other, length) => {
    if (whole === '%%') return '%';
    if (whole === '%PROTOCOL%') return protocol;
    const found = headers.get(name.toLowerCase())?.[0] ?? (other ? headers.get(other.toLowerCase())?.[0] : undefined) ?? '';
    return length ? found.slice(0, Number(length)) : found;
  });
}

/** The headers as the upstream gets them: the destination's changes come first, then the route's. */
export function upstreamHeaders(route: Route, to: WeightedCluster, given: Headers, protocol: Protocol): Headers {
  const headers: Headers = new Map(given);
  if (to.request) changeHeaders(headers, to.request, protocol);
  changeHeaders(headers, route.request, protocol);
  return headers;
}

/** Headers that the upstream gets otherwise than the client sent them. */
export function changedHeaders(given: Headers, sent: Headers): Pick<Destination, 'requestHeaders' | 'requestHeadersRemoved'> {
  const set: Record<string, string> = {};
  for (const [name, values] of sent)
    if (!name.startsWith(':') && given.get(name)?.join('\n') !== values.join('\n')) set[name] = values.join(', ');
  const removed = [...given.keys()].filter((name) => !sent.has(name)).sort();
  return {
    ...(Object.keys(set).length > 0 ? { requestHeaders: set } : {}),
    ...(removed.length > 0 ? { requestHeadersRemoved: removed } : {}),
  };
}

/** How a route rewrites paths; the query stays. Nothing where it does not. Source: Envoy's route config, prefix_rewrite and regex_rewrite. */
export function rewriteOf(route: Route, action: ForwardAction): ((path: string) => string) | undefined {
  const { regexRewrite, prefixRewrite } = action;
  if (regexRewrite) {
    const { regex, substitution } = regexRewrite;
    return (path) => substituted(regex, substitution, withoutQuery(path)) + queryOf(path);
  }
  if (prefixRewrite === undefined) return undefined;
  return (path) => replacedStart(route, withoutQuery(path), prefixRewrite) + queryOf(path);
}

/** What the route matched is replaced: a prefix, or all of it. */
export function replacedStart({ match }: Route, path: string, by: string): string {
  return match.path.kind === 'prefix' ? by + path.slice(match.path.value.length) : by;
}

/** Each match is replaced; `\1` is its first group, `\0` all of it. Source: RE2::GlobalReplace. */
function substituted(regex: string, substitution: string, text: string): string {
  const matcher = re2(regex).matcher(text);
  let out = '';
  let at = 0;
  while (matcher.find()) {
    const found = substitution.replace(/\\([0-9\\])/g, (_, what) => (what === '\\' ? what : (matcher.group(Number(what)) ?? '')));
    out += text.slice(at, matcher.start()) + found;
    at = matcher.end();
  }
  return out + text.slice(at);
}
