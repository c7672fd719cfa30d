import type { MeshModel } from '../model/mesh-model';
import { type Client, clientOf } from './client';
import { type Ending, type Trace, trace } from './flow';
import { type Fraction, ONE, times } from './fraction';
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
    out.push({ share, trace: t, lost });
    const [next, ...rest] = left;
    if (!next) return;
    for (const { ending, client: at } of arrived(model, t)) {
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
      };
      go(at, request, times(share, ending.share), [...lost, ...dropped], rest);
    }
  };
  go(client, request, ONE, [], then);
  return out;
}

const passesOn = (name: string, propagated: readonly string[]) =>
  propagated.some((p) => (p.endsWith('*') ? name.startsWith(p.slice(0, -1)) : p === name));

/** The workloads where requests arrive and are answered, as clients of the next hop. */
function arrived(model: MeshModel, t: Trace): { readonly ending: Ending; readonly client: Client }[] {
  return t.endings.flatMap((ending) => {
    if (ending.status === undefined || ending.status >= 400) return [];
    const names = ending.where.split(', ');
    const w = t.arrivals.find(
      (a) => a.endpoint.workload && names.includes(`${a.endpoint.workload.namespace}/${a.endpoint.workload.config.name}`),
    )?.endpoint.workload;
    return w ? [{ ending, client: clientOf(model, w) }] : [];
  });
}
