import type { ValueMatch as TextMatch } from '../routing/string-match';
import type { Ref } from './config';
import type { VirtualService } from './virtual-service';

/** One condition on a header; `:method`, `:authority` and `:scheme` are headers too. */
export interface HeaderMatcher {
  readonly name: string;
  readonly match: TextMatch;
  /** From `withoutHeaders`: none may match, and a header that is missing counts as empty. */
  readonly invert: boolean;
  readonly field: string;
}

/** When a route takes a request, as Envoy is told. */
export interface RouteMatch {
  readonly path: { readonly kind: 'prefix' | 'exact' | 'regex'; readonly value: string };
  readonly ignoreCase: boolean;
  readonly headers: readonly HeaderMatcher[];
  readonly query: readonly { readonly name: string; readonly match: TextMatch }[];
  /** Conditions on claims of the request's token (`@request.auth.claims`), at gateways. */
  readonly claims: readonly { readonly path: readonly string[]; readonly match: TextMatch; readonly invert: boolean }[];
}

/** Changes of headers, in the order in which Envoy makes them: removals last. */
export interface HeaderChanges {
  readonly add: readonly { readonly name: string; readonly value: string; readonly append: boolean }[];
  readonly remove: readonly string[];
}

/** Where a share of the requests goes. */
export interface WeightedCluster {
  readonly cluster: string;
  readonly weight: number;
  readonly request?: HeaderChanges;
  readonly response?: HeaderChanges;
  readonly authority?: string;
  readonly by: Ref | undefined;
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly perTryTimeoutMs?: number;
  readonly retryOn: string;
  readonly codes?: readonly number[];
  readonly backoffMs?: number;
  readonly ignorePreviousHosts?: boolean;
}

export interface Mirror {
  readonly cluster: string;
  readonly percent: number;
}

export interface ForwardAction {
  readonly kind: 'forward';
  readonly clusters: readonly WeightedCluster[];
  /** Whether there is one destination, whatever its weight. */
  readonly single: boolean;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy | undefined;
  readonly mirrors: readonly Mirror[];
  readonly prefixRewrite: string | undefined;
  readonly regexRewrite: { readonly regex: string; readonly substitution: string } | undefined;
  readonly authority: string | undefined;
  readonly hashPolicy: readonly Readonly<Record<string, unknown>>[];
}

export interface RedirectAction {
  readonly kind: 'redirect';
  readonly code: number;
  readonly path: string | undefined;
  readonly prefixRewrite: string | undefined;
  readonly authority: string | undefined;
  readonly scheme: string | undefined;
  readonly port: number;
}

export interface RespondAction {
  readonly kind: 'respond';
  readonly status: number;
  readonly body: string | undefined;
}

export interface Fault {
  readonly delay?: { readonly ms: number; readonly percent: number };
  readonly abort?: { readonly status?: number; readonly grpc?: number; readonly percent: number };
}

export interface Cors {
  readonly origins: readonly TextMatch[];
  readonly methods: string;
  readonly headers: string;
  readonly expose: string;
  readonly maxAge: string;
  readonly credentials: boolean;
  readonly forwardUnmatched: boolean;
}

/** One route of Envoy. */
export interface Route {
  readonly name: string | undefined;
  /** The VirtualService; none for a service's default route. */
  readonly virtualService: VirtualService | undefined;
  /** The rule, and the match of it. */
  readonly by: Ref | undefined;
  readonly match: RouteMatch;
  /** `refused`: Envoy does not take the route (a redirect code that it does not know). */
  readonly action: ForwardAction | RedirectAction | RespondAction | { readonly kind: 'refused'; readonly reason: string };
  readonly request: HeaderChanges;
  readonly response: HeaderChanges;
  readonly fault: Fault | undefined;
  readonly cors: Cors | undefined;
}

/** A rule, or a match of one, that makes no route for this proxy and port. */
export interface Omission {
  readonly by: Ref;
  readonly reason: string;
}

export const ANY: RouteMatch = { path: { kind: 'prefix', value: '/' }, ignoreCase: false, headers: [], query: [], claims: [] };
export const NO_CHANGES: HeaderChanges = { add: [], remove: [] };

/** Whether the route takes everything. Source: pilot/pkg/networking/core/route/route.go, IsCatchAllRoute. */
export function isCatchAll({ match: { path, headers, query, claims } }: Pick<Route, 'match'>): boolean {
  const all = (path.kind === 'prefix' && path.value === '/') || (path.kind === 'regex' && path.value === '.*');
  return all && headers.length + query.length + claims.length === 0;
}
