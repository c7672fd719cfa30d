/**
 * Service-mesh intent in TypeScript: constructs that compile to Istio and Kubernetes YAML.
 * @module
 */
// Constructs: what an app is made of.
export * from './constructs';
// The app, and the map that it leaves beside its output.
export { App } from './synth/app';
// The checker, at synth.
export { type CheckAtSynthOptions, checkAtSynth } from './synth/check-at-synth';
// What a controller changes, for Argo CD, and the order within one state, for Argo CD and Flux.
export { type IgnoredDifference, ignoreDifferences } from './synth/ignore-differences';
export { type IgnoredFinding, ignoreFinding } from './synth/ignore-finding';
export { MeshCheck, type MeshCheckProperties } from './synth/mesh-check';
export type { ObjectSource, Source, SourceMap } from './synth/sources';
export { syncWaves } from './synth/sync-waves';
// Conditions: which requests are meant.
export { claim } from './values/claim';
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
  type Where,
} from './values/condition';
// Values.
export type { Time } from './values/duration';
export type { Percent } from './values/percent';
export { type HttpProtocol, type L4Protocol, Port, type PortOptions, type Protocol } from './values/port';
