import { type Config, type Ref, selects } from './config';

/** A condition on one header as Envoy has it (`HeaderMatcher`), or on `:path`, `:method` or `:authority`. */
export interface HeaderCondition {
  readonly name: string;
  readonly match: { readonly exact: string } | { readonly prefix: string } | { readonly regex: string } | 'present';
  readonly ignoresCase: boolean;
  readonly inverted: boolean;
  /** A header that is not there counts as an empty one. */
  readonly missingIsEmpty: boolean;
}

/** Part of a request's descriptor: a value that is always the same, or one that the request has. */
export interface Entry {
  readonly key: string;
  /** Nothing: what the request has. */
  readonly value: string | undefined;
  readonly when: readonly HeaderCondition[];
}

/** How often a request of a descriptor may come. */
export interface Bucket {
  readonly entries: readonly { readonly key: string; readonly value: string }[];
  readonly most: number;
  readonly fill: number;
  readonly seconds: number;
}

/** A rate limit filter that an EnvoyFilter adds. */
export interface RateLimitFilter {
  readonly by: Ref;
  readonly at: 'SIDECAR_INBOUND' | 'GATEWAY';
  /** Of the pods, where it is about one. */
  readonly port: number | undefined;
  readonly descriptors: readonly (readonly Entry[])[];
  /** Of a local filter; nothing: a service counts, which knows the numbers. */
  readonly buckets: readonly Bucket[] | undefined;
  /** The cluster of the service. */
  readonly counter: string | undefined;
}

/** What is not of the form that is read here. */
class Other extends Error {}

const LISTENER = {
  filter: {
    name: 'envoy.filters.network.http_connection_manager',
    subFilter: { name: 'envoy.filters.http.router' },
  },
};
const TYPE = 'type.googleapis.com/envoy.extensions.filters.http';

/**
 * The rate limit filters of an EnvoyFilter that adds nothing else, in the form of the construct RateLimit: before the router, with
 * descriptors that the filter makes itself. Undefined for any other.
 */
export function rateLimitsOf({ manifest, spec }: Config): readonly RateLimitFilter[] | undefined {
  try {
    const { workloadSelector: _, priority: __, configPatches = [], ...rest } = spec;
    nothing(rest);
    if (configPatches.length === 0) return undefined;
    return (configPatches as any[]).map((p, i) => filterOf(p, { manifest, path: ['spec', 'configPatches', i] }));
  } catch (e) {
    if (e instanceof Other || e instanceof TypeError) return undefined;
    throw e;
  }
}

/** The filters that are about a workload, as it is called or as a gateway. Source: pilot/pkg/model/push_context.go, EnvoyFilters. */
export function rateLimitsFor(
  all: readonly Config[],
  root: string,
  whose: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
  at: RateLimitFilter['at'],
): readonly RateLimitFilter[] {
  const spaces = [root, whose.namespace];
  return all
    .filter((c) => spaces.includes(c.namespace) && selects(c.spec.workloadSelector?.labels, whose.labels))
    .flatMap((c) => rateLimitsOf(c) ?? [])
    .filter((f) => f.at === at);
}

function filterOf({ applyTo, match, patch, ...rest }: any, by: Ref): RateLimitFilter {
  nothing(rest);
  const { context, listener, ...more } = match;
  const { portNumber, filterChain, ...others } = listener;
  nothing(more, others);
  if (applyTo !== 'HTTP_FILTER' || patch.operation !== 'INSERT_BEFORE' || !same(filterChain, LISTENER)) throw new Other();
  if (context !== 'SIDECAR_INBOUND' && context !== 'GATEWAY') throw new Other();
  const { '@type': type, rate_limits, rate_limited_as_resource_exhausted: _, ...config } = patch.value.typed_config;
  const filter = { by, at: context, port: portNumber, descriptors: (rate_limits as any[]).map(entriesOf) };
  if (type === `${TYPE}.local_ratelimit.v3.LocalRateLimit`) return { ...filter, buckets: bucketsOf(config), counter: undefined };
  if (type !== `${TYPE}.ratelimit.v3.RateLimit`) throw new Other();
  const { domain: _d, timeout: _t, failure_mode_deny: _f, rate_limit_service: service, ...unread } = config;
  nothing(unread);
  return { ...filter, buckets: undefined, counter: text(service.grpc_service.envoy_grpc.cluster_name) };
}

function bucketsOf(config: any): readonly Bucket[] {
  const { stat_prefix: _, filter_enabled, filter_enforced, max_dynamic_descriptors: __, descriptors, ...rest } = config;
  nothing(rest);
  for (const share of [filter_enabled, filter_enforced])
    if (!same(share, { default_value: { numerator: 100 } })) throw new Other();
  return (descriptors as any[]).map(({ entries, token_bucket: { max_tokens, tokens_per_fill, fill_interval } }) => ({
    entries: (entries as any[]).map(({ key, value = '' }) => ({ key, value })),
    most: max_tokens,
    fill: tokens_per_fill,
    seconds: Number(/^(\d+)s$/.exec(fill_interval)?.[1] ?? fail()),
  }));
}

const entriesOf = ({ actions, ...rest }: any): readonly Entry[] => {
  nothing(rest);
  return (actions as any[]).map(entryOf);
};

function entryOf(action: any): Entry {
  const [[kind, a] = fail(), ...more] = Object.entries<any>(action);
  nothing(more);
  if (kind === 'generic_key') return { key: text(a.descriptor_key), value: text(a.descriptor_value), when: [] };
  if (kind === 'remote_address') return { key: kind, value: undefined, when: [] };
  if (kind === 'request_headers') {
    const present = {
      name: a.header_name,
      match: 'present',
      ignoresCase: false,
      inverted: false,
      missingIsEmpty: false,
    } as const;
    return { key: text(a.descriptor_key), value: undefined, when: [present] };
  }
  if (kind === 'extension' && a.name === 'envoy.rate_limit_descriptors.expr')
    return { key: text(a.typed_config.descriptor_key), value: undefined, when: [] };
  if (kind !== 'header_value_match') throw new Other();
  const { descriptor_key, descriptor_value, headers, ...rest } = a;
  nothing(rest);
  return { key: text(descriptor_key), value: text(descriptor_value), when: (headers as any[]).map(conditionOf) };
}

function conditionOf(h: any): HeaderCondition {
  const { name, string_match, present_match, invert_match = false, treat_missing_header_as_empty = false, ...rest } = h;
  nothing(rest);
  const how = { name: text(name), inverted: invert_match, missingIsEmpty: treat_missing_header_as_empty };
  if (present_match === true) return { ...how, match: 'present', ignoresCase: false };
  const { exact, prefix, safe_regex, ignore_case = false, ...more } = string_match;
  nothing(more);
  const match =
    exact !== undefined
      ? { exact: text(exact) }
      : prefix !== undefined
        ? { prefix: text(prefix) }
        : { regex: text(safe_regex.regex) };
  return { ...how, match, ignoresCase: ignore_case };
}

function fail(): never {
  throw new Other();
}

const text = (v: unknown): string => (typeof v === 'string' ? v : fail());

/** What is left over is not read. */
function nothing(...rest: readonly object[]): void {
  if (rest.some((r) => Object.keys(r).length > 0)) throw new Other();
}

/** Whether two values are written the same, in whatever order of fields. */
function same(a: any, b: any): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => same(a[k], b[k]));
}
