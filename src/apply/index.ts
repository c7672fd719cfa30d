/**
 * Plan, apply and status as functions, with events: what the commands of the same names are thin views of.
 * @module
 */
export { readManifests } from '../manifests/files';
export type { Manifest, Manifests } from '../manifests/manifest';
export { ApiError, type Cause } from './api-error';
export { type ApplyEvent, type ApplyOptions, type ApplyResult, applyPlan } from './apply';
export type { Parent, Run, SetName } from './apply-set';
export type { Settled } from './barrier';
export type { Comparison, Conflict, FieldChange } from './compare';
export type { Access, ClusterChoice, Credentials } from './kubeconfig';
export type { Knot, Phase, Phases, Write } from './phase';
export { type Plan, type PlanOptions, plan } from './plan';
export { moved, type PlanFile, planFile, planJson } from './plan-json';
export type { Action, PlannedObject, Refusal } from './planned-object';
export { preflight, traffic } from './preflight';
export type { Fact, References } from './references';
export type { Call } from './request';
export { type Status, status } from './status';
export { Cluster, type ClusterOptions, type Reply } from './transport';
