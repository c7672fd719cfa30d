import type { MeshModel } from '../model/mesh-model';
import { type Client, clientOf } from './client';
import { type Ending, merged } from './ending';
import { type Trace, trace } from './flow';
import { type Fraction, fraction, ONE, times } from './fraction';
import type { TraceRequest } from './request';
import type { World } from './token';

/** What a service does when it is asked: it asks the next one. */
export interface Next {
  /** The host that it asks. */
  readonly host: string;
  readonly port: number;
  /** @default '/' */
  readonly path?: string;
  /** @default 'GET' */
  readonly method?: string;
}

/** One hop of a flow. */
export interface Hop {
  /** Share of the first requests that come this way. */
  readonly share: Fraction;
  readonly trace: Trace;
  /** Headers of the request that the service did not pass on. */
  readonly lost: readonly string[];
  /** How many hops were before it. */
  readonly depth: number;
  /** How requests end here that go on to no other hop, as shares of the first requests. */
  readonly ended: readonly Ending[];
}

/** A request that goes on from service to service. */
export interface Flow {
  /** Each after the one that it comes from. */
  readonly hops: readonly Hop[];
  /** The hops at the end of the way, as far as requests get there. */
  readonly last: readonly Hop[];
  /** How the first requests end, wherever they get to. Their shares make 1. */
  readonly endings: readonly Ending[];
}

/**
 * A request that goes on: from the first client to a service, from there to the next, and so on. A service passes on the
 * headers that are named, and no others.
 * @param propagated lower-case names of headers; a name that ends with `*` is a beginning
 */
export function hops(
  model: MeshModel,
  client: Client,
  request: TraceRequest,
  then: readonly ((client: Client) => Next)[],
  propagated: readonly string[],
  world: World = {},
): Hop[] {
  const out: Hop[] = [];
  const go = (
    from: Client,
    asked: TraceRequest,
    share: Fraction,
    lost: readonly string[],
    left: readonly ((client: Client) => Next)[],
  ) => {
    const t = trace(model, from, asked, world);
    const [next, ...rest] = left;
    const goesOn = next ? arrived(model, t) : [];
    const last = new Set(goesOn.map((g) => g.ending));
    const ended = t.endings.filter((e) => !last.has(e)).map((e) => ({ ...e, share: times(share, e.share) }));
    out.push({ share, trace: t, lost, depth: then.length - left.length, ended });
    if (!next) return;
    for (const { ending, part, client: at } of goesOn) {
      const passed = Object.entries(asked.headers).filter(([name]) => passesOn(name, propagated));
      const kept = new Set(passed.map(([name]) => name));
      const dropped = Object.keys(asked.headers).filter((name) => !kept.has(name));
      const n = next(at);
      const request: TraceRequest = {
        ...asked,
        host: n.host,
        port: n.port,
        path: n.path ?? '/',
        method: n.method ?? 'GET',
        headers: Object.fromEntries(passed),
        tls: false,
        sni: undefined,
        alpn: ['http/1.1'],
        dialled: undefined,
      };
      go(at, request, times(share, times(ending.share, part)), [...lost, ...dropped], rest);
    }
  };
  go(client, request, ONE, [], then);
  return out;
}

/** Whether a header is among those that services pass on; a name that ends with `*` is a beginning. */
export const passesOn = (name: string, propagated: readonly string[]) =>
  propagated.some((p) => (p.endsWith('*') ? name.startsWith(p.slice(0, -1)) : p === name));

/** The same as one thing, with how it ends. */
export const flowOf = (all: readonly Hop[], length: number): Flow => ({
  hops: all,
  last: all.filter((h) => h.depth === length),
  endings: merged(all.flatMap((h) => h.ended)),
});

/**
 * The workloads where requests arrive and are answered, as clients of the next hop. Of several that one share goes to, each
 * gets as much as the others: how many pods there are is not known.
 */
function arrived(model: MeshModel, t: Trace): { readonly ending: Ending; readonly part: Fraction; readonly client: Client }[] {
  return t.endings.flatMap((ending) => {
    if (ending.status === undefined || ending.status >= 400) return [];
    const names = ending.where.split(', ');
    const there = new Map(
      t.arrivals.flatMap(({ endpoint: { workload: w } }) => {
        const name = w && `${w.namespace}/${w.config.name}`;
        return w && names.includes(name!) ? [[name, w] as const] : [];
      }),
    );
    return [...there.values()].map((w) => ({ ending, part: fraction(1, there.size), client: clientOf(model, w) }));
  });
}
