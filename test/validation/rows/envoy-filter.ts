import type { Row } from './objects';

const EF = 'EnvoyFilter lua';
const PATCH = 'spec.configPatches.0';
const F = (path: string) => path.replace(/\.(\d+)/g, '[$1]');
const CLUSTER = 'spec.configPatches.1.patch.value';
const manager = { name: 'envoy.filters.network.http_connection_manager' };
const filter = `${PATCH}.match.listener.filterChain.filter`;

export const filters: readonly Row[] = [
  [EF, {}, 'warning', 'spec', /past what Istio promises/],
  [EF, { 'spec.workloadSelector.labels': { a: '*' } }, 'error', 'spec.workloadSelector.labels.a', /"\*"/],
  [EF, { [`${PATCH}.applyTo`]: undefined }, 'error', F(`${PATCH}.applyTo`), /missing/],
  [EF, { [`${PATCH}.patch`]: undefined }, 'error', F(`${PATCH}.patch`), /missing/],
  [EF, { [`${PATCH}.patch.operation`]: undefined }, 'error', F(`${PATCH}.patch.operation`), /missing/],
  [EF, { [`${PATCH}.patch.value`]: undefined }, 'error', F(`${PATCH}.patch.value`), /needs one/],
  // of a waypoint's nothing is looked at
  [EF, { [PATCH]: { match: { context: 'WAYPOINT' } } }, 'nothing', '', /./],
  [EF, { [`${PATCH}.match.proxy.proxyVersion`]: '(' }, 'error', F(`${PATCH}.match.proxy.proxyVersion`), /RE2/],
  [
    EF,
    { [`${PATCH}.match.proxy.proxyVersion`]: 'a'.repeat(1025) },
    'warning',
    F(`${PATCH}.match.proxy.proxyVersion`),
    /passed over/,
  ],
  [EF, { [`${PATCH}.match`]: { cluster: {} } }, 'error', F(`${PATCH}.match.cluster`), /say "listener"/],
  [EF, { [`${filter}.name`]: '' }, 'error', F(`${filter}.name`), /missing/],
  [EF, { [`${filter}.name`]: 'a' }, 'error', F(`${filter}.name`), /no filters within/],
  [EF, { [`${filter}.subFilter`]: {} }, 'error', F(`${filter}.subFilter.name`), /missing/],
  [
    EF,
    { [`${filter}.subFilter.name`]: 'envoy.router' },
    'warning',
    F(`${filter}.subFilter.name`),
    /"envoy\.filters\.http\.router"/,
  ],
  [
    EF,
    { 'spec.configPatches.3.match.listener.filterChain.filter': { ...manager, subFilter: { name: 'a' } } },
    'error',
    'spec.configPatches[3].match.listener.filterChain.filter.subFilter',
    /HTTP_FILTER/,
  ],
  [
    EF,
    { 'spec.configPatches.8.match': { listener: { filterChain: { filter: manager } } } },
    'warning',
    'spec.configPatches[8].match.listener.filterChain.filter',
    /FILTER_CHAIN/,
  ],
  // of several kinds of match, the last one counts
  [EF, { 'spec.configPatches.1.match': { listener: {}, cluster: {} } }, 'nothing', '', /./],
  [EF, { [`${PATCH}.match`]: { listener: {}, cluster: {} } }, 'error', F(`${PATCH}.match.cluster`), /say "listener"/],
  [EF, { 'spec.configPatches.5.match': { listener: {} } }, 'error', 'spec.configPatches[5].match.listener', /routeConfiguration/],
];

export const values: readonly Row[] = [
  [
    EF,
    { [`${PATCH}.patch.value.typed_config`]: { '@type': 'a/nope.Nope' } },
    'error',
    `${F(PATCH)}.patch.value.typed_config["@type"]`,
    /no type/,
  ],
  [EF, { [`${PATCH}.patch.value.typed_config`]: {} }, 'error', `${F(PATCH)}.patch.value.typed_config["@type"]`, /missing/],
  [EF, { [`${PATCH}.patch.value.typed_config`]: undefined }, 'warning', `${F(PATCH)}.patch.value`, /without "typed_config"/],
  [
    EF,
    { [`${PATCH}.patch.value.typed_config.default_source_code.nope`]: 1 },
    'warning',
    `${F(PATCH)}.patch.value.typed_config.default_source_code.nope`,
    /no field of envoy\.config\.core\.v3\.DataSource/,
  ],
  [EF, { [`${CLUSTER}.connect_timeout`]: 5 }, 'error', `${F(CLUSTER)}.connect_timeout`, /no duration/],
  [EF, { [`${CLUSTER}.connectTimeout`]: '5s', [`${CLUSTER}.connect_timeout`]: undefined }, 'nothing', '', /./],
  [EF, { [`${CLUSTER}.type`]: 'NOPE' }, 'error', `${F(CLUSTER)}.type`, /none of STATIC, STRICT_DNS/],
  [
    EF,
    { [`${CLUSTER}.per_connection_buffer_limit_bytes`]: -1 },
    'error',
    `${F(CLUSTER)}.per_connection_buffer_limit_bytes`,
    /from 0/,
  ],
  [EF, { [`${CLUSTER}.per_connection_buffer_limit_bytes`]: '5' }, 'nothing', '', /./],
  [EF, { [`${CLUSTER}.circuit_breakers.thresholds`]: {} }, 'error', `${F(CLUSTER)}.circuit_breakers.thresholds`, /no list/],
  [EF, { [`${CLUSTER}.name`]: 5 }, 'error', `${F(CLUSTER)}.name`, /text/],
  [EF, { [`${CLUSTER}.metadata`]: 'x' }, 'error', `${F(CLUSTER)}.metadata`, /has fields/],
  [
    EF,
    { [`${PATCH}.patch.value.typed_config`]: { '@type': 'a/google.protobuf.Empty' } },
    'error',
    `${F(PATCH)}.patch.value.typed_config.value`,
    /missing/,
  ],
  [
    EF,
    { [`${PATCH}.patch.value.typed_config`]: { '@type': 'a/google.protobuf.Timestamp', value: 'x' } },
    'error',
    `${F(PATCH)}.patch.value.typed_config.value`,
    /no time/,
  ],
  [
    EF,
    { [`${PATCH}.patch.value.typed_config`]: { '@type': 'a/envoy.config.filter.http.lua.v2.Lua' } },
    'error',
    `${F(PATCH)}.patch.value.typed_config["@type"]`,
    /API v3/,
  ],
];
