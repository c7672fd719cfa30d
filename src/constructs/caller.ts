import { Construct } from 'constructs';
import { checkProperties, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import { Version } from './version';

/** Someone who calls: a service, one version of it, or a gateway. */
export interface Caller {
  /** Namespace of its pods. */
  readonly namespace: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Identities that mutual TLS proves. */
  readonly principals: readonly string[];
  /** What it is called in errors. */
  readonly callerName: string;
}

/** What the caller is called in names of objects about it: `page`, `page-v1`; of its labels, as they alone tell its pods. */
export function callerId(c: Caller): string {
  const { app, version, ...others } = c.labels;
  const rest = Object.keys(others).sort();
  const said = [app, version, ...rest.map((k) => others[k])].filter(Boolean).join('-');
  return said.toLowerCase().replace(/[^a-z0-9-]/g, '-');
}

/** Something in the mesh or outside that can be called. */
export interface Callee {
  /** By which it is called. */
  readonly host: string;
  /** What it is called in errors. */
  readonly calleeName: string;
  /** Hosts that a call may end at, as `namespace/host`, for Sidecar scopes. */
  egressHosts(): readonly string[];
  /** Lets the caller in, where access is closed. */
  admit(caller: Caller, limits: CallLimits): void;
}

/** Which calls are meant. */
export interface CallLimits {
  /** HTTP methods in capitals, as they are sent. */
  readonly methods?: readonly string[];
  /** As AuthorizationPolicy takes them: exact, `/prefix/*` or `*suffix`. */
  readonly paths?: readonly string[];
  /**
   * Claims of the user's token, each with values of which it has to have one (`group`, or `realm.role` for nested ones; `*` at one
   * end of a value). A JwtPolicy has to look at tokens: without one no request has any.
   */
  readonly claims?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Throws where a reference is to a construct of another app: what it says there would be lost here. Services of other apps
 * are named with `MeshService.fromName`.
 */
export function sameApp(here: Construct, other: unknown, what: string): void {
  const there = other instanceof Version ? other.service : other;
  if (there instanceof Construct && there.node.root !== here.node.root)
    throw new Error(
      `${what}: "${there.node.path}" belongs to another app than "${here.node.path}"; name it with MeshService.fromName`,
    );
}

/** Throws unless the value is someone who calls; text is for what lies outside, and goes through `MeshService.fromName`. */
export function isCaller(value: unknown, what: string): asserts value is Caller {
  if (typeof value !== 'object' || value === null || !('callerName' in value) || !('principals' in value))
    throw new Error(
      `${what} names ${value === undefined ? 'nothing' : shown(value)}: it has to be a service, a version of one, or a gateway; what another app makes is named with MeshService.fromName`,
    );
}

const LIMITS: Properties<CallLimits> = { methods: 'list?', paths: 'list?', claims: 'map?' };

/** Throws unless the value is something in this app that can be called, and the limits are ones. */
export function checkCall(caller: Caller & Construct, callee: unknown, limits: CallLimits): asserts callee is Callee {
  const what = `a call of ${caller.callerName}`;
  if (typeof callee !== 'object' || callee === null || !('egressHosts' in callee) || !('admit' in callee))
    throw new Error(
      `${what} names ${callee === undefined ? 'nothing' : shown(callee)}: it has to be a service or an ExternalService; what another app makes is named with MeshService.fromName`,
    );
  checkProperties(limits, LIMITS, `limits for calls of ${caller.callerName} to ${(callee as Callee).calleeName}`);
  sameApp(caller, callee, what);
}
