import { Construct } from 'constructs';
import { dnsLabel } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { type Caller, type CallLimits, isCaller, sameApp } from './caller';
import { needsService } from './needs-service';
import type { ServiceHost } from './service-host';
import { tellsItsPath } from './told-at';

/** Properties of an {@link AccessPolicy}. */
export interface AccessPolicyProps extends CallLimits {
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
}

const PROPERTIES: Properties<AccessPolicyProps> = {
  service: 'any',
  allow: 'list?',
  allowNamespaces: 'list?',
  deny: 'list?',
  denyNamespaces: 'list?',
  methods: 'list?',
  paths: 'list?',
};

/**
 * Who may call a service, decided at its own proxy by the identity that mutual TLS proves.
 *
 * Compiles to the service's one ALLOW AuthorizationPolicy, and one DENY, which Istio looks at first. A version can be
 * told from its siblings only by a service account of its own (`serviceAccount: 'own'`); anything else is refused.
 */
@tellsItsPath
export class AccessPolicy extends Construct {
  constructor(scope: Construct, id: string, props: AccessPolicyProps) {
    super(scope, id);
    checkProperties<AccessPolicyProps>(props, PROPERTIES, `"${this.node.path}"`);
    const { service, allow = [], deny = [], allowNamespaces = [], denyNamespaces = [], methods, paths } = props;
    const limits: CallLimits = { ...(methods ? { methods } : {}), ...(paths ? { paths } : {}) };
    needsService(service, `the service of "${this.node.path}"`);
    for (const c of allow) isCaller(c, `allow of "${this.node.path}"`);
    for (const c of deny) isCaller(c, `deny of "${this.node.path}"`);
    if (allow.length + deny.length + allowNamespaces.length + denyNamespaces.length === 0)
      throw new Error(`"${this.node.path}" names nobody: give it allow, deny, allowNamespaces or denyNamespaces`);
    for (const n of [...allowNamespaces, ...denyNamespaces]) dnsLabel(n, `namespace in "${this.node.path}"`);
    sameApp(this, service, `the service of "${this.node.path}"`);
    if (allow.length + allowNamespaces.length > 0) service.access.close();
    for (const c of allow) service.access.allow(c, limits, this);
    for (const n of allowNamespaces) service.access.allowNamespace(n, limits, this);
    if (deny.length + denyNamespaces.length > 0) service.access.deny({ callers: deny, namespaces: denyNamespaces }, limits, this);
  }
}
