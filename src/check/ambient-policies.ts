import type { Config } from '../model/config';
import { isAmbientNamespace } from './ambient';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { items } from './items';

/** A policy that asks for requests, which ztunnel does not look at. */
export interface RequestPolicy {
  readonly config: Config;
  /** What it asks for that ztunnel does not know. */
  readonly asks: string;
  /** Kiali's code for one without a waypoint, and for one without targets. */
  readonly codes: readonly [string, string];
}

/** Policies of namespaces with ambient mode, of labels of their own or their pods', that only a waypoint can follow. */
export const requestPolicies: (mesh: CheckedMesh) => readonly RequestPolicy[] = ofMesh((mesh) => {
  const out: RequestPolicy[] = [];
  const isRoot = (c: Config) => c.namespace === mesh.model.mesh.rootNamespace && !isAmbientNamespace(mesh, c.namespace);
  for (const config of mesh.of('AuthorizationPolicy')) {
    const asks = httpOf(config.spec);
    if (asks && !isRoot(config)) out.push({ config, asks, codes: ['KIA0109', 'KIA0110'] });
  }
  for (const config of mesh.of('RequestAuthentication'))
    if (items(config.spec.jwtRules).length > 0 && !isRoot(config))
      out.push({ config, asks: 'tokens', codes: ['KIA1110', 'KIA1115'] });
  for (const config of mesh.of('WasmPlugin'))
    if (!isRoot(config)) out.push({ config, asks: 'a filter', codes: ['KIA1111', 'KIA1116'] });
  for (const config of mesh.of('Telemetry')) {
    const asks = telemetryOf(config.spec);
    if (asks && !isRoot(config)) out.push({ config, asks, codes: ['KIA1112', 'KIA1117'] });
  }
  return out;
});

/** Fields of requests. Source: pilot/pkg/serviceregistry/ambient/authorization.go, httpOperations and handleRule. */
const OPERATIONS = ['hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths'];
const SOURCES = ['requestPrincipals', 'notRequestPrincipals', 'remoteIpBlocks', 'notRemoteIpBlocks'];

function httpOf(spec: any): string | undefined {
  for (const [, rule] of items(spec.rules)) {
    for (const [, to] of items(rule.to)) for (const f of OPERATIONS) if (to.operation?.[f]?.length > 0) return f;
    for (const [, from] of items(rule.from)) for (const f of SOURCES) if (from.source?.[f]?.length > 0) return f;
    for (const [, when] of items(rule.when))
      if (typeof when.key === 'string' && (when.key.startsWith('request.') || when.key === 'remote.ip')) return when.key;
  }
  return undefined;
}

function telemetryOf(spec: any): string | undefined {
  if (items(spec.tracing).length > 0) return 'traces';
  if (items(spec.accessLogging).length > 0) return 'access logs of requests';
  return items(spec.metrics).some(([, m]) => items(m.overrides).length > 0) ? 'metrics of requests' : undefined;
}
