import { type Config, type Ref, selects } from './config';
import type { MeshConfig } from './mesh-config';
import { rateLimitsOf } from './rate-limits';
import type { Service } from './service';

/** What is there and no rule here knows: an answer that it may touch says so. */
export interface Unknown {
  readonly by: Ref | undefined;
  readonly reason: string;
}

/** A proxy, or a workload that is called. */
interface Whose {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Objects = (kind: string) => readonly Config[];

const GATEWAY_API = ['Gateway', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map(
  (k) => `gateway.networking.k8s.io/${k}`,
);

/** What may touch requests of, or to, the workload. */
export function unknownFor(of: Objects, mesh: MeshConfig, { namespace, labels }: Whose): Unknown[] {
  const spaces = [mesh.rootNamespace, namespace];
  const out: Unknown[] = [];
  const add = (c: Config, reason: string, path: Ref['path'] = ['spec']) =>
    out.push({ by: { manifest: c.manifest, path }, reason });
  const about = (kind: string, selector: (spec: any) => Readonly<Record<string, string>> | undefined) =>
    of(kind).filter((c) => spaces.includes(c.namespace) && selects(selector(c.spec), labels));
  for (const c of about('EnvoyFilter', (s) => s.workloadSelector?.labels))
    if (!rateLimitsOf(c)) add(c, 'an EnvoyFilter changes what Envoy is told');
  for (const c of about('WasmPlugin', (s) => s.selector?.matchLabels)) add(c, 'a WasmPlugin may answer or change requests');
  for (const c of about('AuthorizationPolicy', (s) => s.selector?.matchLabels))
    if (c.spec.action === 'CUSTOM') add(c, 'a provider outside decides who may', ['spec', 'action']);
  for (const c of about('RequestAuthentication', (s) => s.selector?.matchLabels))
    if (((c.spec.jwtRules ?? []) as any[]).some((r) => r.jwksUri && !r.jwks))
      add(c, 'keys are at a jwksUri, so signatures count as right', ['spec', 'jwtRules']);
  for (const c of of('Gateway'))
    if (Object.keys(c.spec.selector ?? {}).length > 0 && selects(c.spec.selector, labels))
      for (const [i, server] of ((c.spec.servers ?? []) as any[]).entries())
        if (server.tls?.mode === 'AUTO_PASSTHROUGH')
          add(c, 'AUTO_PASSTHROUGH is not understood', ['spec', 'servers', i, 'tls', 'mode']);
  for (const kind of GATEWAY_API)
    for (const c of of(kind)) if (c.namespace === namespace) add(c, 'routes of the Gateway API are not understood');
  for (const c of of('networking.k8s.io/Ingress'))
    if (c.spec.ingressClassName === 'istio' || c.manifest.annotations['kubernetes.io/ingress.class'] === 'istio')
      add(c, 'routes of an Ingress are not understood');
  for (const c of of('Namespace'))
    if (c.name === namespace && c.manifest.labels['istio.io/dataplane-mode'] === 'ambient')
      add(c, 'ambient mode is not understood: the answer is for sidecars', ['metadata', 'labels']);
  for (const field of mesh.notUnderstood) out.push({ by: undefined, reason: `MeshConfig's ${field} is not understood` });
  return out;
}

/**
 * A route may lead to a Service that is exported to nobody, and istiod does not tell proxies when its pods come and go.
 * Source: pilot/pkg/serviceregistry/kube/controller/endpointslice.go, serviceNeedsPush.
 *
 * A Service without a selector has its addresses from whoever writes its EndpointSlices.
 */
export function unknownOf({ host, registry, exportTo, selector, written, externalName, config }: Service): Unknown[] {
  if (registry !== 'Kubernetes') return [];
  const say = (path: Ref['path'], reason: string): Unknown => ({ by: { manifest: config.manifest, path }, reason });
  const out: Unknown[] = [];
  if (exportTo.includes('~'))
    out.push(
      say(
        ['metadata', 'annotations', 'networking.istio.io/exportTo'],
        `${host} is exported to nobody: a proxy learns of its pods when istiod has something else to tell`,
      ),
    );
  if (written.some((e) => e.state === 'unready'))
    out.push(say(['spec'], `some addresses of ${host} are not ready: how many requests they get hangs on how many are`));
  if (Object.keys(selector ?? {}).length === 0 && written.length === 0 && externalName === undefined)
    out.push(
      say(
        ['spec'],
        `${host} has no selector, and no EndpointSlice of it is among these objects: where its addresses are is not known`,
      ),
    );
  return out;
}
