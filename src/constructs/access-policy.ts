import { Construct } from 'constructs';
import { isIpAddress } from '../values/ip-address';
import { dnsLabel, text } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { type Caller, type CallLimits, isCaller, sameApp } from './caller';
import { needsService } from './needs-service';
import type { OfRequests } from './opaque-policy';
import type { ServiceHost } from './service-host';
import { tellsItsPath } from './told-at';

/** Properties of an {@link AccessPolicy}; methods, paths and claims are for services that take requests. */
export type AccessPolicyProps = OfRequests<ServiceHost<any, any>, CallLimits> & AccessCallers;

/** Whose callers are meant, and who they are. */
export interface AccessCallers {
  /** Whose callers are meant; one of this app, made or adopted. */
  readonly service: ServiceHost<any, any>;
  /** These may call. Closes the service to everyone who is not named anywhere. */
  readonly allow?: readonly Caller[];
  /** Everyone in these namespaces may call. */
  readonly allowNamespaces?: readonly string[];
  /** These may not, whatever else allows them. */
  readonly deny?: readonly Caller[];
  /** Nobody in these namespaces may call, whatever else allows it. */
  readonly denyNamespaces?: readonly string[];
  /**
   * Everyone at these addresses may call, such as `10.0.0.0/8`: for callers that have no identity, outside the mesh. The address is
   * that of the connection, as the pod's proxy sees it.
   */
  readonly allowIpBlocks?: readonly string[];
  /** Nobody at these addresses may call, whatever else allows it. */
  readonly denyIpBlocks?: readonly string[];
  /**
   * Spares users of `deny`, `denyNamespaces` and `denyIpBlocks` whose token says so, as `claims` has it: `{ groups: ['admin'] }` keeps out
   * all who are no admins, and all who have no token.
   */
  readonly unlessClaims?: CallLimits['claims'];
  /**
   * Decides nothing: proxies log what it would decide, together with all that is said for good. To see who would be shut out before
   * anybody is. @default false
   */
  readonly dryRun?: boolean;
}

type Given = AccessCallers & CallLimits;
const PROPERTIES: Properties<Given> = {
  service: 'any',
  allow: 'list?',
  allowNamespaces: 'list?',
  deny: 'list?',
  denyNamespaces: 'list?',
  allowIpBlocks: 'list?',
  denyIpBlocks: 'list?',
  methods: 'list?',
  paths: 'list?',
  claims: 'map?',
  unlessClaims: 'map?',
  dryRun: 'boolean?',
};

/**
 * Who may call a service, decided at its own proxy by the identity that mutual TLS proves.
 *
 * Compiles to the service's one ALLOW AuthorizationPolicy, and one DENY, which Istio looks at first. A version can be
 * told from its siblings only by a service account of its own (`serviceAccount: 'own'`); anything else is refused. With `dryRun`
 * policies of their own, annotated `istio.io/dry-run`, which proxies evaluate and do not obey.
 */
@tellsItsPath
export class AccessPolicy extends Construct {
  constructor(scope: Construct, id: string, props: AccessPolicyProps) {
    super(scope, id);
    checkProperties<Given>(props, PROPERTIES, `"${this.node.path}"`);
    const { service, allow = [], deny = [], allowNamespaces = [], denyNamespaces = [], methods, paths, claims } = props;
    const { allowIpBlocks = [], denyIpBlocks = [], unlessClaims, dryRun = false } = props;
    const limits: CallLimits = { ...(methods ? { methods } : {}), ...(paths ? { paths } : {}), ...(claims ? { claims } : {}) };
    const denied = { ...limits, ...(unlessClaims ? { unlessClaims } : {}) };
    needsService(service, `the service of "${this.node.path}"`);
    for (const c of allow) isCaller(c, `allow of "${this.node.path}"`);
    for (const c of deny) isCaller(c, `deny of "${this.node.path}"`);
    const letIn = [...allow, ...allowNamespaces, ...allowIpBlocks];
    const kept = [...deny, ...denyNamespaces, ...denyIpBlocks];
    if (letIn.length + kept.length === 0)
      throw new Error(
        `"${this.node.path}" names nobody: give it allow, deny, allowNamespaces, denyNamespaces, allowIpBlocks or denyIpBlocks`,
      );
    if (unlessClaims && kept.length === 0)
      throw new Error(
        `"${this.node.path}" has unlessClaims and denies nobody: say who is kept out (deny, denyNamespaces, denyIpBlocks); who is let in by claims is said with claims`,
      );
    for (const b of [...allowIpBlocks, ...denyIpBlocks])
      if (!isIpAddress(text(b, `an address in "${this.node.path}"`), 'or a block'))
        throw new Error(`address "${b}" in "${this.node.path}" is not an IP or a CIDR block, such as 10.0.0.0/8`);
    for (const n of [...allowNamespaces, ...denyNamespaces]) dnsLabel(n, `namespace in "${this.node.path}"`);
    sameApp(this, service, `the service of "${this.node.path}"`);
    const said = { by: this, dryRun };
    if (letIn.length > 0 && !dryRun) service.access.close();
    for (const c of allow) service.access.allow(c, limits, said);
    for (const n of allowNamespaces) service.access.allowNamespace(n, limits, said);
    if (allowIpBlocks.length > 0) service.access.allowAddresses(allowIpBlocks, limits, said);
    if (kept.length > 0) service.access.deny({ callers: deny, namespaces: denyNamespaces, ipBlocks: denyIpBlocks }, denied, said);
  }
}
