/**
 * Plan, apply and status as functions, with events: what the commands of the same names are thin views of.
 * @module
 */

export { ApiError, type Cause } from '../cluster/api-error';
export type { Access, ClusterChoice, Credentials } from '../cluster/kubeconfig';
export type { Call } from '../cluster/request';
export { Cluster, type ClusterOptions, type Reply } from '../cluster/transport';
export type { Comparison, Conflict, FieldChange } from '../fields/compare';
export { readManifests } from '../manifests/files';
export type { Manifest, Manifests } from '../manifests/manifest';
export { parseManifests } from '../manifests/parse';
export type { Fact, References } from '../order/facts/references';
export type { Knot, Phase, Phases, Write } from '../order/phase';
export { type ApplyEvent, type ApplyOptions, type ApplyResult, applyPlan, BrokenOff, Outdated } from './apply';
export type { Parent, Run, SetName } from './apply-set';
export { untilGone, waitsFor } from './plan/leaving';
export { type Plan, type PlanOptions, plan } from './plan/plan';
export { type ApprovedObject, moved, type PlanFile, planFile, planId, planJson } from './plan/plan-json';
export type { Action, PlannedObject, Refusal } from './plan/planned-object';
export { preflight, traffic } from './plan/preflight';
export type { Settled } from './run/barrier';
export { type Status, status } from './status';
