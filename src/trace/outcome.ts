import type { Ref } from '../model/config';
import type { Cors, Fault, Mirror, RetryPolicy } from '../model/route';

/** One place where a request may end, with its share. */
export interface Destination {
  readonly cluster: string;
  /** Relative to the other destinations' weights. */
  readonly weight: number;
  /** Status of the answer; none where the answer comes before the destination. */
  readonly status?: number;
  /** Envoy's response flag: `NC` no such cluster, `UH` no endpoint. */
  readonly flags?: string;
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  /** Of an answer that the proxy gives for want of an upstream. */
  readonly body?: string;
  /** Headers that the upstream gets otherwise than the client sent them. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly requestHeadersRemoved?: readonly string[];
  /** Changes of the answer's headers, in the order in which they are made. */
  readonly response: readonly { readonly name: string; readonly value?: string; readonly how: 'set' | 'add' | 'remove' }[];
  readonly by: Ref | undefined;
}

/** A thing that was looked at on the way, and what came of it. */
export interface Step {
  readonly text: string;
  readonly by?: Ref;
  /** It is not known, and taken for granted. */
  readonly assumed?: true;
  /** What could have decided and did not, with the reason. */
  readonly passedOver?: readonly { readonly by: Ref | undefined; readonly name: string; readonly reason: string }[];
}

/** What happens to a request at one proxy. */
export interface Outcome {
  readonly action:
    | 'route'
    | 'redirect'
    | 'directResponse'
    | 'noRoute'
    | 'noVirtualHost'
    | 'httpsRedirect'
    | 'l4'
    | 'noListener'
    | 'noFilterChain'
    | 'tlsMismatch'
    | 'nack'
    | 'local';
  /** `mixed`: differs by destination. */
  readonly status?: number | 'mixed';
  readonly flags?: string;
  readonly routeName?: string;
  /** `virtual-service/namespace/name` */
  readonly config?: string;
  readonly vhost?: string;
  readonly routeIndex?: number;
  readonly timeoutMs?: number;
  readonly retry?: RetryPolicy;
  readonly mirrors?: readonly Mirror[];
  readonly fault?: Fault;
  readonly cors?: Cors;
  readonly hashPolicy?: readonly unknown[];
  readonly destinations?: readonly Destination[];
  /** The location, unless the rule removes that header. */
  readonly redirect?: { readonly code: number; readonly location?: string };
  readonly directResponse?: { readonly status: number; readonly body?: string };
  /** Of an answer that a filter gives itself. */
  readonly local?: true;
  readonly body?: string;
  /** Body of an answer that the recorded ones do not show. */
  readonly message?: string;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly reason?: string;
  readonly steps: readonly Step[];
}

/**
 * An outcome that others are copies of, with other values. Its fields are assigned one by one: engines copy such an object
 * at once, and others, or with a field more, many times slower.
 */
export const outcomeToCopy = ({ action, ...rest }: Omit<Outcome, 'steps'>): Outcome =>
  Object.assign({ action }, rest, { steps: [] });
