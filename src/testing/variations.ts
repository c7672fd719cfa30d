import type { MeshModel } from '../model/mesh-model';
import type { ValueMatch } from '../routing/string-match';
import type { Trace } from '../trace/flow';
import type { TraceRequest } from '../trace/request';
import { routesFor } from '../trace/routes-text';

/** Small, fast and the same everywhere: mulberry32. */
function random(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Requests like the first, with values that routes of the host ask for, and with near misses. The first is among them. */
export function variations(model: MeshModel, first: Trace, count: number, seed: number): TraceRequest[] {
  const { request, client } = first;
  const routes = routesFor(model, client, request.host, request.port);
  const rnd = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(rnd() * list.length)]!;
  const paths = new Set([request.path, '/']);
  const headers = new Map<string, Set<string>>();
  const methods = new Set([request.method, 'GET', 'POST']);
  const queries = new Map<string, Set<string>>();
  for (const { match } of routes) {
    for (const p of near({ [match.path.kind === 'exact' ? 'exact' : match.path.kind]: match.path.value } as ValueMatch))
      paths.add(p.startsWith('/') ? p : `/${p}`);
    for (const h of match.headers) {
      if (h.name === ':method') for (const v of near(h.match)) methods.add(v);
      else if (!h.name.startsWith(':')) headers.set(h.name, new Set([...(headers.get(h.name) ?? []), ...near(h.match)]));
    }
    for (const q of match.query) queries.set(q.name, new Set([...(queries.get(q.name) ?? []), ...near(q.match)]));
  }
  const out: TraceRequest[] = [request];
  while (out.length < count) {
    const own: Record<string, readonly string[]> = { ...request.headers };
    for (const [name, values] of headers) if (rnd() < 0.5) own[name] = [pick([...values])];
    const query = [...queries]
      .filter(() => rnd() < 0.5)
      .map(([name, values]) => `${name}=${encodeURIComponent(pick([...values]))}`);
    const path = pick([...paths]);
    out.push({
      ...request,
      headers: own,
      method: pick([...methods]),
      path: query.length > 0 ? `${path}${path.includes('?') ? '&' : '?'}${query.join('&')}` : path,
    });
  }
  return out;
}

/** Values that meet a test, and some that just miss it. */
function near(m: ValueMatch): string[] {
  if ('exact' in m) return [m.exact, `${m.exact}x`, m.exact.slice(0, -1)];
  if ('prefix' in m) return [m.prefix, `${m.prefix}x`, `${m.prefix}/x`, m.prefix.slice(0, -1)];
  if ('regex' in m) return [m.regex.replace(/[\\^$.*+?()[\]{}|]+/g, ''), m.regex.replace(/\W+/g, '-'), 'x'];
  return ['x', ''];
}
