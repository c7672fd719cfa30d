import { Construct } from 'constructs';
import { Version } from './version';

/** Someone who calls: a service, one version of it, or a gateway. */
export interface Caller {
  readonly namespace: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Identities that mutual TLS proves. */
  readonly principals: readonly string[];
  readonly callerName: string;
}

/** Something in the mesh or outside that can be called. */
export interface Callee {
  readonly host: string;
  readonly calleeName: string;
  /** Hosts that a call may end at, as `namespace/host`, for Sidecar scopes. */
  egressHosts(): readonly string[];
  /** Lets the caller in, where access is closed. */
  admit(caller: Caller, limits: CallLimits): void;
}

/** Which calls are meant. */
export interface CallLimits {
  readonly methods?: readonly string[];
  /** As AuthorizationPolicy takes them: exact, `/prefix/*` or `*suffix`. */
  readonly paths?: readonly string[];
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
