import { type Row, rows } from './support';

const ALLOW = 'AuthorizationPolicy allow';
const DENY = 'AuthorizationPolicy deny';
const CUSTOM = 'AuthorizationPolicy custom';
const JWT = 'RequestAuthentication jwt';
const SOURCE = 'spec.rules.0.from.0.source';
const OPERATION = 'spec.rules.0.to.0.operation';
const F = (path: string) => path.replace(/\.(\d+)/g, '[$1]');

const authorization: Row[] = [
  [ALLOW, { 'spec.targetRefs': [{ kind: 'Service', name: 'a' }] }, 'error', 'spec.targetRefs', /beside "selector"/],
  [ALLOW, { 'spec.rules': undefined }, 'nothing', '', /./],
  [DENY, { 'spec.rules': undefined }, 'error', 'spec.rules', /never happens/],
  [DENY, { 'spec.targetRefs.0.name': '' }, 'error', 'spec.targetRefs[0].name', /missing/],
  [DENY, { 'spec.targetRefs.0.namespace': 'a' }, 'error', 'spec.targetRefs[0].namespace', /own namespace/],
  [DENY, { 'spec.targetRefs.0.kind': 'Pod' }, 'error', 'spec.targetRefs[0]', /no target/],
  [DENY, { 'spec.rules': [{ to: [{ operation: { paths: ['/a'] } }] }] }, 'warning', 'spec.rules[0]', /HTTP alone/],
  [DENY, { 'spec.rules': [{ from: [{ source: { requestPrincipals: ['*'] } }] }] }, 'warning', 'spec.rules[0]', /HTTP alone/],
  [CUSTOM, { 'spec.provider': undefined }, 'error', 'spec.provider.name', /missing/],
  [CUSTOM, { [SOURCE]: { principals: ['a'] } }, 'error', F(`${SOURCE}.principals`), /CUSTOM/],
  [CUSTOM, { 'spec.rules.0.when.0.key': 'request.auth.principal' }, 'error', 'spec.rules[0].when[0].key', /CUSTOM/],
  [ALLOW, { 'spec.provider': { name: 'a' } }, 'error', 'spec.provider', /for CUSTOM/],
  [ALLOW, { 'spec.rules.0.from.0': {} }, 'error', F(SOURCE), /missing/],
  [ALLOW, { [SOURCE]: {} }, 'error', F(SOURCE), /says nothing/],
  [ALLOW, { [`${SOURCE}.serviceAccounts`]: ['a'] }, 'error', F(`${SOURCE}.serviceAccounts`), /already/],
  [ALLOW, { [`${SOURCE}.principals`]: [''] }, 'error', F(`${SOURCE}.principals.0`), /empty/],
  [ALLOW, { [`${SOURCE}.ipBlocks`]: ['10.0.0.0/33'] }, 'error', F(`${SOURCE}.ipBlocks.0`), /neither/],
  [ALLOW, { [`${SOURCE}.trustDomains`]: ['a*b'] }, 'error', F(`${SOURCE}.trustDomains.0`), /"\*"/],
  [ALLOW, { [`${SOURCE}.trustDomains`]: ['a/b'] }, 'error', F(`${SOURCE}.trustDomains.0`), /"\/"/],
  [
    ALLOW,
    { 'spec.rules.0.from.1.source': { serviceAccounts: ['a/b/c'] } },
    'error',
    'spec.rules[0].from[1].source.serviceAccounts[0]',
    /"<name>"/,
  ],
  [
    ALLOW,
    { 'spec.rules.0.from.1.source': { serviceAccounts: Array(17).fill('a') } },
    'error',
    'spec.rules[0].from[1].source.serviceAccounts',
    /16/,
  ],
  [ALLOW, { 'spec.rules.0.to.0': {} }, 'error', F(OPERATION), /missing/],
  [ALLOW, { [OPERATION]: {} }, 'error', F(OPERATION), /says nothing/],
  [ALLOW, { [`${OPERATION}.ports`]: ['http'] }, 'error', F(`${OPERATION}.ports.0`), /no port/],
  [ALLOW, { [`${OPERATION}.paths`]: ['/{**}/a/{*}'] }, 'error', F(`${OPERATION}.paths.0`), /goes on/],
  [ALLOW, { [`${OPERATION}.paths`]: ['/a{*}'] }, 'error', F(`${OPERATION}.paths.0`), /braces/],
  [ALLOW, { [`${OPERATION}.paths`]: ['/{*}/a*'] }, 'error', F(`${OPERATION}.paths.0`), /letters, digits/],
  [ALLOW, { 'spec.rules.0.when.0': { values: ['a'] } }, 'error', 'spec.rules[0].when[0].key', /missing/],
  [ALLOW, { 'spec.rules.0.when.0': { key: 'source.ip' } }, 'error', 'spec.rules[0].when[0]', /no values/],
  [ALLOW, { 'spec.rules.0.when.0.key': 'request.headers' }, 'error', 'spec.rules[0].when[0].key', /request\.headers\[<name>\]/],
  [ALLOW, { 'spec.rules.0.when.0.key': 'nope' }, 'error', 'spec.rules[0].when[0].key', /there are source\.ip/],
  [ALLOW, { 'spec.rules.0.when.0.key': 'destination.user' }, 'error', 'spec.rules[0].when[0].key', /no more/],
  [ALLOW, { 'spec.rules.0.when.4.values': ['http'] }, 'error', 'spec.rules[0].when[4].values[0]', /no port/],
];

const authentication: Row[] = [
  [JWT, { 'spec.jwtRules.0.issuer': '', 'spec.jwtRules.0.jwksUri': '' }, 'error', 'spec.jwtRules[0].issuer', /missing/],
  [JWT, { 'spec.jwtRules.0.audiences': [''] }, 'error', 'spec.jwtRules[0].audiences[0]', /empty/],
  [JWT, { 'spec.jwtRules.0.jwksUri': 'ftp://a' }, 'error', 'spec.jwtRules[0].jwksUri', /"http:\/\/"/],
  [JWT, { 'spec.jwtRules.0.jwksUri': 'https://a.test:port/' }, 'error', 'spec.jwtRules[0].jwksUri', /no URL/],
  [
    JWT,
    { 'spec.jwtRules.0.jwksUri': undefined, 'spec.jwtRules.0.jwks_uri': 'ftp://a' },
    'error',
    'spec.jwtRules[0].jwks_uri',
    /no URL/,
  ],
  [JWT, { 'spec.jwtRules.1.jwks': 'x' }, 'error', 'spec.jwtRules[1].jwks', /no JSON/],
  [JWT, { 'spec.jwtRules.1.jwks': '{"keys":[{"kty":"RSA","e":"AQAB"}]}' }, 'error', 'spec.jwtRules[1].jwks', /without "n"/],
  [JWT, { 'spec.jwtRules.1.jwks': '{"keys":[{"kty":"rsa"}]}' }, 'error', 'spec.jwtRules[1].jwks', /kty "rsa"/],
  [
    JWT,
    { 'spec.jwtRules.1.jwks': '{"keys":[{"kty":"oct","k":"AQAB"}]} and more' },
    'warning',
    'spec.jwtRules[1].jwks',
    /private key at 0/,
  ],
  [JWT, { 'spec.jwtRules.0.fromHeaders': [{}] }, 'error', 'spec.jwtRules[0].fromHeaders[0].name', /missing/],
  [JWT, { 'spec.jwtRules.0.fromCookies': [''] }, 'error', 'spec.jwtRules[0].fromCookies[0]', /empty/],
  [
    JWT,
    { 'spec.jwtRules.0.outputClaimToHeaders': [{ header: 'a' }] },
    'error',
    'spec.jwtRules[0].outputClaimToHeaders[0].claim',
    /missing/,
  ],
  [
    JWT,
    { 'spec.jwtRules.0.outputClaimToHeaders.0.header': 'a b' },
    'error',
    'spec.jwtRules[0].outputClaimToHeaders[0].header',
    /"a b"/,
  ],
  [JWT, { 'spec.jwtRules.0.timeout': '0s' }, 'error', 'spec.jwtRules[0].timeout', /shortest/],
  ['PeerAuthentication strict', { 'spec.selector': undefined }, 'error', 'spec.portLevelMtls', /selector/],
  ['PeerAuthentication strict', { 'spec.portLevelMtls': {} }, 'error', 'spec.portLevelMtls', /empty/],
  ['PeerAuthentication strict', { 'spec.portLevelMtls': { 70000: {} } }, 'error', 'spec.portLevelMtls.70000', /no port/],
];

const others: Row[] = [
  ['Telemetry all', { 'spec.tracing.0.providers.0.name': '' }, 'error', 'spec.tracing[0].providers[0].name', /missing/],
  ['Telemetry all', { 'spec.tracing.1': {} }, 'warning', 'spec.tracing', /one counts/],
  ['Telemetry all', { 'spec.tracing.0.providers.1': { name: 'a' } }, 'warning', 'spec.tracing[0].providers', /one counts/],
  [
    'Telemetry all',
    { 'spec.tracing.0.randomSamplingPercentage': 101 },
    'error',
    'spec.tracing[0].randomSamplingPercentage',
    /0 to 100/,
  ],
  [
    'Telemetry all',
    { 'spec.tracing.0.customTags.a': { literal: {} } },
    'error',
    'spec.tracing[0].customTags.a.literal.value',
    /missing/,
  ],
  [
    'Telemetry all',
    { 'spec.metrics.0.overrides.0.tagOverrides.a': {} },
    'error',
    'spec.metrics[0].overrides[0].tagOverrides.a.value',
    /UPSERT/,
  ],
  [
    'Telemetry all',
    { 'spec.metrics.0.overrides.0.tagOverrides.b.value': 'x' },
    'error',
    'spec.metrics[0].overrides[0].tagOverrides.b.value',
    /REMOVE/,
  ],
  [
    'Telemetry all',
    { 'spec.metrics.0.overrides.1.match.customMetric': '' },
    'error',
    'spec.metrics[0].overrides[1].match.customMetric',
    /empty/,
  ],
  [
    'Telemetry all',
    { 'spec.accessLogging.0.filter.expression': 'a ==' },
    'error',
    'spec.accessLogging[0].filter.expression',
    /character 5/,
  ],
  ['WasmPlugin wasm', { 'spec.url': '' }, 'error', 'spec.url', /missing/],
  ['WasmPlugin wasm', { 'spec.url': 'ftp://a' }, 'error', 'spec.url', /"ftp:"/],
  ['WasmPlugin wasm', { 'spec.url': 'registry.test/a' }, 'nothing', '', /./],
  ['WasmPlugin wasm', { 'spec.sha256': 'A'.repeat(64) }, 'error', 'spec.sha256', /64 digits/],
  ['WasmPlugin wasm', { 'spec.imagePullSecret': 'a'.repeat(254) }, 'error', 'spec.imagePullSecret', /253/],
  ['WasmPlugin wasm', { 'spec.vmConfig.env.1.name': 'A' }, 'error', 'spec.vmConfig.env[1].name', /twice/],
  ['WasmPlugin wasm', { 'spec.vmConfig.env.1.value': 'a' }, 'error', 'spec.vmConfig.env[1].value', /HOST/],
  ['WasmPlugin wasm', { 'spec.match.0.ports.0.number': 0 }, 'error', 'spec.match[0].ports[0].number', /no port/],
  ['TrafficExtension lua', { 'spec.lua.inlineCode': '' }, 'error', 'spec.lua.inlineCode', /missing/],
  ['TrafficExtension lua', { 'spec.wasm': { url: 'oci://a' } }, 'error', 'spec.lua', /beside "wasm"/],
  ['TrafficExtension lua', { 'spec.lua': undefined }, 'error', 'spec', /wasm or lua/],
];

describe('AuthorizationPolicies', () => rows(authorization));
describe('authentication', () => rows(authentication));
describe('telemetry and plugins', () => rows(others));
