import type { KubeObject } from '../manifests';

/** What an object has for others, and what it needs, told a second time and in the plainest way: to judge the first by. */
export interface PlainReferences {
  readonly provides: readonly string[];
  readonly needs: readonly string[];
}

const DOMAIN = 'svc.cluster.local';
const isIstio = (o: KubeObject) => o.apiVersion.startsWith('networking.istio.io/');
const full = (host: string, namespace: string) => (host.includes('.') ? host : `${host}.${namespace}.${DOMAIN}`);

/** Hosts, subsets, gateways and delegates of one object. */
export function plainReferences(o: KubeObject): PlainReferences {
  const namespace = o.metadata.namespace ?? '';
  const { name } = o.metadata;
  const spec = (o.spec ?? {}) as Record<string, any>;
  if (o.apiVersion === 'v1' && o.kind === 'Service') return { provides: [`host ${name}.${namespace}.${DOMAIN}`], needs: [] };
  if (!isIstio(o)) return { provides: [], needs: [] };
  switch (o.kind) {
    case 'ServiceEntry':
      return { provides: spec.hosts.map((h: string) => `host ${h}`), needs: [] };
    case 'Gateway':
      return { provides: [`gateway ${namespace}/${name}`], needs: [] };
    case 'DestinationRule':
      return { provides: (spec.subsets ?? []).map((s: any) => `subset ${s.name} of ${full(spec.host, namespace)}`), needs: [] };
    case 'VirtualService':
      return virtualService(spec, namespace, name);
    default:
      return { provides: [], needs: [] };
  }
}

function virtualService(spec: Record<string, any>, namespace: string, name: string): PlainReferences {
  const needs: string[] = [];
  // wherever they stand: every object with a `host` below http, tcp or tls is a destination
  const walk = (value: any): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) return void value.forEach(walk);
    if (typeof value.host === 'string') {
      needs.push(`host ${full(value.host, namespace)}`);
      if (value.subset) needs.push(`subset ${value.subset} of ${full(value.host, namespace)}`);
    }
    for (const [key, v] of Object.entries(value)) {
      if (key === 'delegate') needs.push(`delegate ${(v as any).namespace ?? namespace}/${(v as any).name}`);
      else if (key === 'gateways') needs.push(...gateways(v as string[], namespace));
      else walk(v);
    }
  };
  for (const rules of [spec.http, spec.tcp, spec.tls]) walk(rules);
  needs.push(...gateways(spec.gateways ?? [], namespace));
  return { provides: spec.hosts?.length > 0 ? [] : [`delegate ${namespace}/${name}`], needs };
}

const gateways = (names: readonly string[], namespace: string): string[] =>
  names.filter((n) => n !== 'mesh').map((n) => `gateway ${n.includes('/') ? n : `${namespace}/${n}`}`);
