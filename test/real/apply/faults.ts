/** A request that came through the proxy. */
export interface Seen {
  /** Counts from 0. */
  readonly index: number;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Milliseconds of the clock. */
  readonly at: number;
  /** Which connection it came on; they count from 0. */
  readonly connection: number;
  /** The media types that it asks for. */
  readonly accept: string;
  /** What was answered; 0: nothing. */
  status: number;
  /** Whether the API server got it. */
  reached: boolean;
}

/** What happens to a request in place of being passed on. */
export type Fault =
  /** The proxy's own answer; a `retryAfter` is in seconds. */
  | { readonly status: number; readonly retryAfter?: number }
  /** The connection is cut before the server has the request, or when it has answered. */
  | { readonly reset: 'before' | 'after' }
  /** Nothing comes back, ever; the server has not seen it. */
  | { readonly stall: true }
  /** It is passed on after so many milliseconds. */
  | { readonly delay: number }
  /** It is passed on with these in its query, in place of what it says of them. */
  | { readonly query: Readonly<Record<string, string>> };

/** Whether a request writes something. */
export const isWrite = ({ method, query }: Pick<Seen, 'method' | 'query'>): boolean =>
  !['GET', 'HEAD'].includes(method) && !query.has('dryRun');

/** Of all requests such a share, spread evenly. */
export function share(part: number, fault: Fault, of: (seen: Seen) => boolean = () => true): (seen: Seen) => Fault | undefined {
  let sum = 0;
  return (seen) => {
    if (!of(seen)) return undefined;
    sum += part;
    if (sum < 1) return undefined;
    sum -= 1;
    return fault;
  };
}

/** All requests for so many milliseconds from now. */
export function during(ms: number, fault: Fault, of: (seen: Seen) => boolean = () => true): (seen: Seen) => Fault | undefined {
  const end = Date.now() + ms;
  return (seen) => (Date.now() < end && of(seen) ? fault : undefined);
}
