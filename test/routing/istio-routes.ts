import { RE2JS } from 're2js';
import type { Request } from '../../src/routing/request';

// Reads rendered routes as istiod and Envoy do: written from their documentation and behaviour, sharing no code with
// the compiler, so that an error in one does not hide in the other.

type Yaml = any;

const compiled = new Map<string, RE2JS>();
const fully = (regex: string, s: string): boolean => {
  if (!compiled.has(regex)) compiled.set(regex, RE2JS.compile(regex));
  return compiled.get(regex)!.matches(s);
};

const string = (m: Yaml, s: string, ignoreCase = false): boolean => {
  if (m.regex !== undefined) return fully(m.regex, s);
  const fold = (t: string) => (ignoreCase ? t.toLowerCase() : t);
  if (m.exact !== undefined) return fold(s) === fold(m.exact);
  return fold(s).startsWith(fold(m.prefix));
};
const isPresence = (m: Yaml) => Object.keys(m).length === 0;

function matches(m: Yaml, r: Request): boolean {
  if (m.uri && !string(m.uri, r.path, m.ignoreUriCase)) return false;
  if (m.method && !string(m.method, r.method)) return false;
  if (m.scheme && !string(m.scheme, r.scheme)) return false;
  if (m.authority && !string(m.authority, r.authority)) return false;
  if (m.port !== undefined && m.port !== r.port) return false;
  if (m.sourceNamespace !== undefined && m.sourceNamespace !== r.source.namespace) return false;
  for (const k of Object.keys(m.sourceLabels ?? {})) if (r.source.labels[k] !== m.sourceLabels[k]) return false;
  for (const k of Object.keys(m.headers ?? {})) {
    const lines = r.headers[k] ?? [];
    if (isPresence(m.headers[k]) ? lines.length === 0 : !lines.some((l) => string(m.headers[k], l))) return false;
  }
  for (const k of Object.keys(m.withoutHeaders ?? {})) {
    const lines = r.headers[k] ?? [];
    const cond = m.withoutHeaders[k];
    if (isPresence(cond) ? lines.length > 0 : (lines.length > 0 ? lines : ['']).some((l) => string(cond, l))) return false;
  }
  for (const k of Object.keys(m.queryParams ?? {})) {
    const v = r.query[k];
    if (v === undefined || (!isPresence(m.queryParams[k]) && !string(m.queryParams[k], v))) return false;
  }
  return true;
}

/** The first route that matches, and the match of it that did. */
export function firstRoute(routes: readonly Yaml[], r: Request): { route: Yaml; match: Yaml } | undefined {
  for (const route of routes) {
    const match = route.match === undefined ? {} : route.match.find((m: Yaml) => matches(m, r));
    if (match) return { route, match };
  }
  return undefined;
}

/** The path upstream, as Envoy rewrites it for the match. */
export function pathUpstream(route: Yaml, match: Yaml, path: string): string {
  const rw = route.rewrite;
  if (!rw) return path;
  if (rw.uriRegexRewrite) return RE2JS.compile(rw.uriRegexRewrite.match).matcher(path).replaceAll(rw.uriRegexRewrite.rewrite);
  if (rw.uri === undefined) return path;
  if (match.uri === undefined) return rw.uri + path.slice(1);
  if (match.uri.regex !== undefined) return rw.uri;
  const matched = match.uri.exact ?? match.uri.prefix;
  return rw.uri + path.slice(matched.length);
}
