/**
 * Service-mesh intent in TypeScript: constructs that compile to Istio and Kubernetes YAML.
 * @module
 */
// Constructs: what an app is made of.
export * from './constructs';
// The app, and the map that it leaves beside its output.
export { App } from './synth/app';
export type { ObjectSource, Source, SourceMap } from './synth/sources';
// Conditions: which requests are meant.
export {
  always,
  authority,
  baggage,
  Condition,
  cookie,
  header,
  ignoringCase,
  type Method,
  method,
  path,
  query,
  tracestate,
} from './values/condition';
// Values.
export type { Time } from './values/duration';
export type { Percent } from './values/percent';
export { type HttpProtocol, type L4Protocol, Port, type PortOptions, type Protocol } from './values/port';
