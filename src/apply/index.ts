/**
 * Plan, apply and status as functions, with events: what the commands of the same names are thin views of. The types of all that they
 * take and give are here, too.
 * @module
 */

export type { Diagnostic, Location, Resource as ResourceName } from '../check/diagnostic';
export type { Rule, Severity } from '../check/rule';
export { ApiError, type Cause } from '../cluster/api-error';
export type { Resource as ApiResource } from '../cluster/discovery';
export type { Access, ClusterChoice, Credentials } from '../cluster/kubeconfig';
export { KubeconfigError } from '../cluster/kubeconfig-error';
export type { Call } from '../cluster/request';
export { Cluster, type ClusterOptions, type Reply } from '../cluster/transport';
export { Unreachable } from '../cluster/unreachable';
export type { Aspect } from '../diff/changes';
export type { ClientPair } from '../diff/clients';
export type { Age, Difference, Witness } from '../diff/diff';
export type { Comparison, Conflict, FieldChange, Kept } from '../fields/compare';
export type { LeafChange } from '../fields/field-lines';
export { type ReadManifests, readManifests } from '../manifests/files';
export type { FieldPath, Manifest, Manifests, Place, Unreadable } from '../manifests/manifest';
export { parseManifests } from '../manifests/parse';
export type { Ref } from '../model/config';
export type { Fact } from '../order/facts/references';
export type { Rank } from '../order/forms/stages';
export type { Phase, Write } from '../order/phase';
export type { Client } from '../trace/client';
export type { Ending } from '../trace/ending';
export type { Fraction } from '../trace/fraction';
export type { TraceRequest } from '../trace/request';
export { type ApplyEvent, type ApplyOptions, type ApplyResult, applyPlan, BrokenOff, Outdated, type WaitedFor } from './apply';
export type { Parent, Run, SetName } from './apply-set';
export type { LiveObject } from './live';
export type { Former, Owner } from './owners';
export type { Alongside, Company } from './plan/alongside';
export type { Installation } from './plan/installed';
export { untilGone, waitsFor } from './plan/leaving';
export { type Plan, type PlanOptions, plan } from './plan/plan';
export { type ApprovedObject, moved, type PlanFile, planFile, planId, planJson } from './plan/plan-json';
export type { Action, PlannedObject, Refusal } from './plan/planned-object';
export { preflight, traffic } from './plan/preflight';
export type { WeightOwner, Weights } from './plan/weights';
export type { Settled } from './run/barrier';
export { type Drift, type DriftKind, type Ownership, type Status, status } from './status';
export type { WaitOptions } from './wait';
