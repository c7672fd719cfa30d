import type { Config } from '../model/config';
import { fullName, isWild } from '../model/host';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { items } from './items';

/** A DestinationRule for all services of a namespace, or of all namespaces. */
export interface WideRule {
  readonly config: Config;
  readonly host: string;
  /** The namespace; nothing where it is for all. */
  readonly namespace: string | undefined;
  /** `trafficPolicy.tls.mode`, where it says one. */
  readonly mode: string | undefined;
}

/** All DestinationRules whose host stands for whole namespaces of the cluster. */
export const wideRules: (mesh: CheckedMesh) => readonly WideRule[] = ofMesh((mesh) => {
  const domain = mesh.model.mesh.domain;
  const out: WideRule[] = [];
  for (const config of mesh.of('DestinationRule')) {
    const host = fullName(config.spec.host ?? '', config.namespace, domain);
    const namespace = widthOf(host, domain);
    if (namespace === null) continue;
    const mode = config.spec.trafficPolicy?.tls?.mode;
    out.push({ config, host, namespace: namespace || undefined, mode: typeof mode === 'string' ? mode : undefined });
  }
  return out;
});

/** The namespace that a host stands for, nothing for all, null for less than one. */
function widthOf(host: string, domain: string): string | null {
  if (!isWild(host)) return null;
  const all = `.svc.${domain}`;
  const tail = host.slice(1);
  if (all.endsWith(tail) && (tail === '' || tail.startsWith('.'))) return '';
  if (!tail.endsWith(all)) return null;
  const namespace = tail.slice(1, -all.length);
  return tail.startsWith('.') && namespace !== '' && !namespace.includes('.') ? namespace : null;
}

/** Whether a traffic policy says the mode, for the host or for a port of it; any mode where none is given. */
export function hasTls(policy: any, mode?: string): boolean {
  const says = (tls: any) => typeof tls === 'object' && tls !== null && (mode === undefined || tls.mode === mode);
  return says(policy?.tls) || items(policy?.portLevelSettings).some(([, p]) => says(p.tls));
}

/** PeerAuthentications for whole namespaces: of which namespace, nothing for all. */
export const widePolicies: (mesh: CheckedMesh) => readonly Omit<WideRule, 'host'>[] = ofMesh((mesh) => {
  const root = mesh.model.mesh.rootNamespace;
  return mesh
    .of('PeerAuthentication')
    .filter((c) => Object.keys(c.spec.selector?.matchLabels ?? {}).length === 0)
    .map((config) => ({
      config,
      namespace: config.namespace === root ? undefined : config.namespace,
      mode: config.spec.mtls?.mode,
    }));
});
