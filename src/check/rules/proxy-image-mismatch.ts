import { type Config, selects } from '../../model/config';
import { type AnalyzedPod, PROXY, podsOf } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { at, filed } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** Pods have another proxy than the injector gives to new ones. */
export const proxyImageMismatch: Rule = {
  id: 'MESH040',
  name: 'proxy-image-mismatch',
  severity: 'warning',
  codes: ['IST0158'],
  summary: 'pods of a namespace have another proxy than the injector gives to new ones',
  why: 'They were started before Istio was upgraded, and keep the proxy of then. Found only where the manifests hold Pods of a cluster and the injector’s ConfigMap. Source: analyzers/injection/injection-image.go.',
  remedy: 'Start the workloads anew (`kubectl rollout restart`).',
  *check(mesh) {
    const images = injectedImages(mesh);
    if (images.size === 0) return;
    const namespaces = new Map(mesh.of('Namespace').map((n) => [n.name, n]));
    const found = new Map<Config, string[]>();
    for (const pod of podsOf(mesh).all) {
      const namespace = namespaces.get(pod.namespace);
      // what a template makes will be injected anew
      if (!namespace || pod.path.length > 0 || !pod.owner || pod.annotations['sidecar.istio.io/proxyImage']) continue;
      const labels = namespace.manifest.labels;
      const revision = labels['istio.io/rev'] ?? (labels['istio-injection'] === 'enabled' ? 'default' : undefined);
      if (revision === undefined) continue;
      const image = images.get(`istio-sidecar-injector${revision === '' || revision === 'default' ? '' : `-${revision}`}`);
      if (image === undefined) continue;
      const variant = imageType(mesh, pod);
      for (const [, c] of [...items(pod.spec.containers), ...items(pod.spec.initContainers)])
        if (c.name === PROXY && c.image !== image && c.image !== `${image}-${variant}`) filed(found, namespace, pod.name);
    }
    for (const [namespace, pods] of found)
      yield {
        at: at(namespace, 'metadata', 'name'),
        message: `pods have another proxy than the injector gives to new ones: ${[...new Set(pods)].sort().join(', ')}`,
      };
  },
};

/** The image of each ConfigMap of an injector. */
const injectedImages: (mesh: CheckedMesh) => ReadonlyMap<string, string> = ofMesh((mesh) => {
  const out = new Map<string, string>();
  for (const c of mesh.of('ConfigMap')) {
    if (!c.name.startsWith('istio-sidecar-injector')) continue;
    try {
      const { hub = '', tag = '', proxy } = JSON.parse(c.manifest.object.data?.values ?? '').global ?? {};
      const image = String(proxy?.image ?? '');
      out.set(c.name, image.includes('/') ? image : `${hub}/${image}:${tag}`);
    } catch {
      out.set(c.name, '');
    }
  }
  return out;
});

/** The kind of image that ProxyConfigs choose for a pod. Source: analyzers/util/proxyconfig.go. */
function imageType(mesh: CheckedMesh, pod: AnalyzedPod): string {
  const configs = mesh.of('ProxyConfig');
  const root = mesh.model.mesh.rootNamespace;
  const types = [
    mesh.meshConfig.defaultConfig?.image?.imageType,
    ...configs.filter((c) => c.namespace === root).map((c) => c.spec.image?.imageType),
    ...configs
      .filter((c) => c.namespace === pod.namespace && c.namespace !== root && !c.spec.selector)
      .map((c) => c.spec.image?.imageType),
    ...configs
      .filter((c) => c.namespace === pod.namespace && c.namespace !== root && c.spec.selector)
      .filter((c) => selects(c.spec.selector.matchLabels, pod.labels))
      .map((c) => c.spec.image?.imageType),
    annotated(pod.annotations['proxy.istio.io/config']),
  ];
  const type = types.filter((t) => typeof t === 'string' && t !== '').at(-1) ?? '';
  return type === 'default' ? '' : type;
}

function annotated(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    const { parse } = require('yaml') as typeof import('yaml');
    return (parse(text) as any)?.image?.imageType;
  } catch {
    return undefined;
  }
}
