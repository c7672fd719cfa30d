import { describeCondition, describeRewrite } from './describe';
import type { Effects, HeaderOperations, PathRewrite } from './effects';
import { type HeaderMatch, headerAccepts } from './header-match';
import { CannotCombine, type Match } from './match';
import { type PathMatch, pathAccepts } from './path-match';
import type { Request } from './request';
import { accepts, quote, re2 } from './string-match';

const ROOT: PathMatch = { match: { prefix: '/' } };

/**
 * The path after a rewrite. `replacePrefix` goes by segment: a slash is never doubled, and nothing left means `/`.
 */
export function rewritten(path: string, r: PathRewrite): string {
  if ('replaceFull' in r) return r.replaceFull;
  if ('regex' in r)
    return re2(r.regex)
      .matcher(path)
      .replaceAll(r.with.replace(/\\(\d)/g, '$$$1'));
  const from = r.replacePrefix.replace(/\/$/, '');
  if (!path.startsWith(from)) return path;
  const rest = path.slice(from.length);
  const out = r.with.endsWith('/') && rest.startsWith('/') ? r.with.slice(0, -1) + rest : r.with + rest;
  return out.startsWith('/') ? out : `/${out}`;
}

const pathRewrites = (e: Effects): PathRewrite[] => (e.rewrites ?? []).flatMap((r) => (r.path ? [r.path] : []));
const newAuthority = (e: Effects): string | undefined =>
  (e.rewrites ?? []).flatMap((r) => (r.authority !== undefined ? [r.authority] : []))[0];

/** The request as the inner table (and the destination) sees it. */
export function afterEffects(r: Request, e: Effects): Request {
  const headers: Record<string, readonly string[]> = { ...r.headers };
  const ops = e.headers?.request ?? {};
  for (const name of ops.remove ?? []) delete headers[name];
  for (const [name, v] of Object.entries(ops.set ?? {})) headers[name] = [v];
  for (const [name, v] of Object.entries(ops.add ?? {})) headers[name] = [...(headers[name] ?? []), v];
  return {
    ...r,
    headers,
    path: pathRewrites(e).reduce(rewritten, r.path),
    authority: newAuthority(e) ?? r.authority,
  };
}

/**
 * The match that an inner table's match becomes in front of the outer effects: a request meets the result exactly when,
 * changed by the effects, it meets `inner`. `undefined`: none does. Throws {@link CannotCombine} where there is no way
 * to say it.
 */
export function pullBack(inner: Match, outer: Match, e: Effects): Match | undefined {
  const out: { -readonly [K in keyof Match]: Match[K] } = { ...inner };
  const paths = pathRewrites(e);
  if (inner.path && paths.length > 0) {
    const path = pullPath(inner.path, outer.path ?? ROOT, paths);
    if (path === 'never') return undefined;
    delete out.path;
    if (path !== 'always') out.path = path;
  }
  const authority = newAuthority(e);
  if (inner.authority && authority !== undefined) {
    if (!accepts(inner.authority, authority)) return undefined;
    delete out.authority;
  }
  const headers: Record<string, HeaderMatch> = {};
  for (const [name, h] of Object.entries(inner.headers ?? {})) {
    const pulled = pullHeader(name, h, e.headers?.request ?? {});
    if (pulled === 'never') return undefined;
    if (pulled !== 'always') headers[name] = pulled;
  }
  delete out.headers;
  if (Object.keys(headers).length > 0) out.headers = headers;
  return out;
}

function pullPath(inner: PathMatch, outer: PathMatch, rewrites: readonly PathRewrite[]): PathMatch | 'always' | 'never' {
  const constant = constantPath(outer, rewrites);
  if (constant !== undefined) return pathAccepts(inner, constant) ? 'always' : 'never';
  const cannot = () => new CannotCombine('the path, which the gateway rewrites,', outer, inner);
  const to = rewrittenPrefix(outer, rewrites);
  if (!('prefix' in outer.match) || to === undefined || 'regex' in inner.match || inner.ignoreCase) throw cannot();
  const from = outer.match.prefix;
  const wanted = 'exact' in inner.match ? inner.match.exact : inner.match.prefix;
  if (wanted.startsWith(to)) {
    const back = from + wanted.slice(to.length);
    return 'exact' in inner.match ? { match: { exact: back } } : { match: { prefix: back } };
  }
  return 'prefix' in inner.match && to.startsWith(wanted) ? 'always' : 'never';
}

/** The path after the rewrites, where every request of the match ends up with the same one. */
function constantPath(path: PathMatch, rewrites: readonly PathRewrite[]): string | undefined {
  if ('exact' in path.match && !path.ignoreCase) return rewrites.reduce(rewritten, path.match.exact);
  const full = rewrites.findLastIndex((r) => 'replaceFull' in r);
  return full < 0 ? undefined : rewrites.slice(full).reduce(rewritten, '');
}

/** What the literal prefix of the match becomes, where all that follows stays as it is. */
function rewrittenPrefix(path: PathMatch, rewrites: readonly PathRewrite[]): string | undefined {
  if (!('prefix' in path.match) || path.ignoreCase) return undefined;
  let prefix = path.match.prefix;
  for (const r of rewrites) {
    if (!('replacePrefix' in r)) return undefined;
    const from = r.replacePrefix.replace(/\/$/, '');
    if (!prefix.startsWith(from)) return undefined;
    if (prefix.length === from.length && r.with.endsWith('/')) return undefined; // depends on whether a slash follows
    prefix = rewritten(prefix, r);
  }
  return prefix;
}

function pullHeader(name: string, h: HeaderMatch, ops: HeaderOperations): HeaderMatch | 'always' | 'never' {
  const set = ops.set?.[name];
  const added = ops.add?.[name];
  if ([set, added].some((v) => v?.includes('%')))
    throw new CannotCombine(`header "${name}", which the gateway sets to a value of its own making,`, (set ?? added)!, h);
  if (set !== undefined || ops.remove?.includes(name)) {
    return headerAccepts(h, [...(set !== undefined ? [set] : []), ...(added !== undefined ? [added] : [])]) ? 'always' : 'never';
  }
  if (added === undefined) return h;
  if (h.none.some((n) => accepts(n, added))) return 'never';
  if (h.none.some((n) => accepts(n, '')))
    throw new CannotCombine(`header "${name}", to which the gateway adds a line,`, added, h);
  const all = h.all.filter((a) => !accepts(a, added));
  return all.length + h.none.length === 0 ? 'always' : { all, none: h.none };
}

/** Istio's `rewrite` for a route that matches this path; `undefined` when nothing changes. */
export function renderRewrite(match: Match, e: Effects): Record<string, unknown> | undefined {
  const authority = newAuthority(e);
  const out: Record<string, unknown> = authority === undefined ? {} : { authority };
  const paths = pathRewrites(e);
  if (paths.length > 0) {
    const path = match.path ?? ROOT;
    const constant = constantPath(path, paths);
    const prefix = rewrittenPrefix(path, paths);
    const [only] = paths;
    if (constant !== undefined && 'exact' in path.match) {
      if (constant !== path.match.exact) out.uri = constant;
    } else if (constant !== undefined) {
      out.uriRegexRewrite = { match: '^.*$', rewrite: escaped(constant) };
    } else if (prefix !== undefined) {
      if (prefix !== (path.match as { prefix: string }).prefix) out.uri = prefix;
    } else if (paths.length === 1 && only && 'regex' in only) {
      out.uriRegexRewrite = { match: only.regex, rewrite: only.with };
    } else if (paths.length === 1 && only && 'replacePrefix' in only && !only.with.endsWith('/')) {
      const from = quote(only.replacePrefix.replace(/\/$/, ''));
      out.uriRegexRewrite = { match: path.ignoreCase ? `^(?i:${from})` : `^${from}`, rewrite: escaped(only.with) };
    } else {
      throw new Error(
        `a path that ${describeCondition(path)} cannot be rewritten so: ${paths.map(describeRewrite).join(', then ')}`,
      );
    }
  }
  return Object.keys(out).length > 0 ? out : undefined;
}

const escaped = (literal: string) => literal.replace(/\\/g, '\\\\');

/**
 * A raw prefix whose rewrite depends on whether a slash follows is two matches: with the slash, and the rest.
 * Any other match is itself.
 */
export function splitForRewrite(match: Match, e: Effects): Match[] {
  const path = match.path ?? ROOT;
  if (!('prefix' in path.match) || path.ignoreCase || path.match.prefix.endsWith('/')) return [match];
  const prefix = path.match.prefix;
  const depends = pathRewrites(e).some(
    (r) => 'replacePrefix' in r && r.with.endsWith('/') && r.replacePrefix.replace(/\/$/, '') === prefix,
  );
  return depends
    ? [{ ...match, path: { match: { exact: prefix } } }, { ...match, path: { match: { prefix: `${prefix}/` } } }, match]
    : [match];
}
