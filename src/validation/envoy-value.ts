import { goMillis } from '../values/go-duration';
import { enumAt, type FieldType, type Message, messageAt, messageNumber } from './envoy-messages';
import type { Field } from './field';

/** What a patch is put into. Source: pkg/config/xds/xds.go, BuildXDSObjectFromStruct. */
const OBJECTS: Readonly<Record<string, string>> = {
  CLUSTER: 'envoy.config.cluster.v3.Cluster',
  LISTENER: 'envoy.config.listener.v3.Listener',
  ROUTE_CONFIGURATION: 'envoy.config.route.v3.RouteConfiguration',
  FILTER_CHAIN: 'envoy.config.listener.v3.FilterChain',
  HTTP_FILTER: 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
  NETWORK_FILTER: 'envoy.config.listener.v3.Filter',
  VIRTUAL_HOST: 'envoy.config.route.v3.VirtualHost',
  HTTP_ROUTE: 'envoy.config.route.v3.Route',
  EXTENSION_CONFIG: 'envoy.config.core.v3.TypedExtensionConfig',
  BOOTSTRAP: 'envoy.config.bootstrap.v3.Bootstrap',
  LISTENER_FILTER: 'envoy.config.listener.v3.ListenerFilter',
};

/**
 * The value of a patch, which has to be one that Envoy's own types can hold: fields that they do not have are warned of.
 * What Envoy itself demands of values (ranges, what is required) is not looked at, by istiod neither.
 * Source: jsonpb of github.com/golang/protobuf, which istiod calls.
 */
export function envoyValue(field: Field, applyTo: string): void {
  if (field.value === undefined) return;
  const name = Object.hasOwn(OBJECTS, applyTo) ? OBJECTS[applyTo]! : '';
  const index = messageNumber(name);
  if (index === undefined) {
    field.error(`cannot be put into ${applyTo}, which there is not`);
    return;
  }
  const unknown: Unknown[] = [];
  const before = field.errors;
  message(field, index, unknown);
  if (field.errors > before) return;
  for (const { field: at, of } of unknown)
    at.warning(
      `is no field of ${of} that istiod knows: Envoy may refuse it, or not see it; look at the spelling, and which message it belongs into`,
    );
  if (unknown.length === 0) typedConfigs(field, messageAt(index));
}

interface Unknown {
  readonly field: Field;
  readonly of: string;
}

const WRAPPED: Readonly<Record<string, string>> = {
  BoolValue: 'b',
  BytesValue: 'y',
  StringValue: 's',
  Int32Value: 'i',
  UInt32Value: 'u',
  Int64Value: 'I',
  UInt64Value: 'U',
  FloatValue: 'f',
  DoubleValue: 'd',
};
const GOOGLE = 'google.protobuf.';
const WELL_KNOWN = new Set([...Object.keys(WRAPPED), 'Any', 'Duration', 'Timestamp', 'Value', 'ListValue', 'Struct']);

const wellKnown = (name: string): string | undefined => {
  const short = name.startsWith(GOOGLE) ? name.slice(GOOGLE.length) : '';
  return WELL_KNOWN.has(short) ? short : undefined;
};

function message(field: Field, index: number, unknown: Unknown[]): void {
  const { value } = field;
  if (value === undefined) return;
  const of = messageAt(index);
  const known = wellKnown(of.name);
  if (known === 'Any') any(field, unknown);
  else if (known !== undefined && Object.hasOwn(WRAPPED, known)) scalar(field, WRAPPED[known]!);
  else if (known === 'Duration') {
    if (typeof value !== 'string' || goMillis(value) === undefined)
      field.error(`${said(value)} is no duration: write it like "1.5s"`);
  } else if (known === 'Timestamp') {
    if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value))
      field.error(`${said(value)} is no time: write it like "2030-01-31T10:00:00Z"`);
  } else if (known === 'ListValue') {
    if (!Array.isArray(value)) field.error(`${said(value)} is no list`);
  } else if (known !== 'Value') {
    if (!isObject(value)) field.error(`${said(value)} is no ${of.name}, which has fields`);
    else if (known !== 'Struct') fieldsOf(field, of, unknown, '');
  }
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldsOf(field: Field, of: Message, unknown: Unknown[], but: string): void {
  for (const entry of field.entries()) {
    if (entry.key === but) continue;
    const type = of.fields.get(entry.key);
    if (type === undefined) unknown.push({ field: entry, of: of.name });
    else if (entry.value !== undefined) typed(entry, type, unknown);
  }
}

function typed(field: Field, type: FieldType, unknown: Unknown[]): void {
  const { value } = field;
  if (type.many === 'one') single(field, type, unknown);
  else if (type.many === 'list') {
    if (!Array.isArray(value)) field.error(`${said(value)} is no list`);
    else for (const i of value.keys()) single(field.at(i), type, unknown);
  } else if (!isObject(value)) field.error(`${said(value)} has no fields, and they are wanted`);
  else
    for (const entry of field.entries()) {
      if (type.key !== 's' && !fits(entry.key, type.key))
        entry.error(`"${entry.key}" is no key: ${KIND_NAMES[type.key]} is wanted`);
      single(entry, type, unknown);
    }
}

function single(field: Field, type: FieldType, unknown: Unknown[]): void {
  if (field.value === undefined) return;
  if (type.kind === 'message') message(field, type.index, unknown);
  else if (type.kind === 'e') enumerated(field, type.index);
  else scalar(field, type.kind);
}

function enumerated(field: Field, index: number): void {
  const { value } = field;
  const names = enumAt(index);
  if (typeof value === 'string' ? !names.has(value) : !fits(value, 'i'))
    field.error(`${said(value)} is none of ${[...names].slice(0, 20).join(', ')}`);
}

/** A message of any type, which `@type` names. */
function any(field: Field, unknown: Unknown[]): void {
  const type = field.at('@type');
  const name = typeof type.value === 'string' ? type.text.slice(type.text.lastIndexOf('/') + 1) : '';
  const index = messageNumber(name);
  if (!isObject(field.value)) field.error(`${said(field.value)} is no message: it needs "@type" and fields`);
  else if (typeof type.value !== 'string')
    type.error('is missing: say which message it is, such as "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"');
  else if (index === undefined)
    type.error(`"${type.text}" is no type that istiod knows${name.includes('.v2.') ? ": use that of Envoy's API v3" : ''}`);
  else inAny(field, index, unknown);
}

function inAny(field: Field, index: number, unknown: Unknown[]): void {
  const of = messageAt(index);
  if (wellKnown(of.name) === undefined && of.name !== `${GOOGLE}Empty`) fieldsOf(field, of, unknown, '@type');
  else if (field.value.value === undefined) field.at('value').error(`is missing: a ${of.name} stands in it`);
  else message(field.at('value'), index, unknown);
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  s: 'text',
  y: 'base64',
  b: 'true or false',
  i: 'a whole number',
  u: 'a whole number from 0',
  I: 'a whole number',
  U: 'a whole number from 0',
  f: 'a number',
  d: 'a number',
};

function scalar(field: Field, kind: string): void {
  if (!fits(field.value, kind)) field.error(`${said(field.value)} is not what is wanted: ${KIND_NAMES[kind]}`);
}

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  i: [-(2n ** 31n), 2n ** 31n - 1n],
  u: [0n, 2n ** 32n - 1n],
  I: [-(2n ** 63n), 2n ** 63n - 1n],
  U: [0n, 2n ** 64n - 1n],
};

/** Numbers may be in quotes. */
function fits(value: unknown, kind: string): boolean {
  if (kind === 's') return typeof value === 'string';
  if (kind === 'b') return typeof value === 'boolean';
  if (kind === 'y') return typeof value === 'string' && isBytes(value);
  if (typeof value !== 'number' && typeof value !== 'string') return false;
  const text = String(value);
  const range = RANGES[kind];
  if (range) return /^-?(0|[1-9]\d*)$/.test(text) && BigInt(text) >= range[0] && BigInt(text) <= range[1];
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return typeof value === 'string';
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) && (kind === 'd' || Math.abs(Number(text)) < 3.5e38);
}

const isBytes = (text: string) => {
  const bare = text.replace(/[\r\n]/g, '');
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare);
};

const said = (value: unknown) =>
  typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'what has fields') : JSON.stringify(value);

/**
 * Extensions by name alone, as far as istiod finds them: not in lists. Types that are deprecated are none of those that it knows.
 * Source: envoyfilter.go, recurseMissingTypedConfig.
 */
function typedConfigs(field: Field, of: Message): void {
  if (of.fields.has('typedConfig')) {
    const given = ['typed_config', 'typedConfig', 'config_discovery', 'configDiscovery'].some(
      (k) => field.at(k).value !== undefined,
    );
    if (!given) field.warning('names an extension without "typed_config", which Envoy will refuse one day: add it, with "@type"');
  }
  for (const entry of field.entries()) {
    const type = of.fields.get(entry.key);
    if (type?.kind !== 'message' || type.many !== 'one' || !isObject(entry.value)) continue;
    const inner = messageAt(type.index);
    if (wellKnown(inner.name) === undefined) typedConfigs(entry, inner);
  }
}
