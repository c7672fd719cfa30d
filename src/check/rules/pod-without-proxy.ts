import { PROXY, podsOf } from '../analyzed-pods';
import { at } from '../fields';
import { namespaceLabels } from '../namespaces';
import type { Rule } from '../rule';

/** A pod of a namespace of the mesh has no proxy. */
export const podWithoutProxy: Rule = {
  id: 'MESH066',
  name: 'pod-without-proxy',
  severity: 'warning',
  codes: ['IST0103'],
  summary: 'a pod of an injected namespace has no proxy',
  why: 'It was made before the namespace was labelled, or its label `sidecar.istio.io/inject` says something else than true. It is outside the mesh: no policy guards it, and with mutual TLS required it reaches nobody. Source: pkg/kube/inject/webhook.go.',
  remedy: 'Start the pod anew, or write `sidecar.istio.io/inject: "false"` where that is meant.',
  *check(mesh) {
    for (const pod of podsOf(mesh).all) {
      const labels = namespaceLabels(mesh, pod.namespace);
      if (!pod.owner || pod.namespace === 'istio-system' || labels['istio-injection'] !== 'enabled') continue;
      if (labels['istio.io/dataplane-mode'] === 'ambient' || pod.spec.hostNetwork) continue;
      const said = pod.labels['sidecar.istio.io/inject'] ?? pod.annotations['sidecar.istio.io/inject'];
      if (said?.toLowerCase() === 'false') continue;
      const containers: readonly any[] = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
      if (containers.find((c) => c?.name === PROXY)?.image) continue;
      yield {
        at: at(
          pod.owner,
          ...pod.path,
          ...(pod.labels['sidecar.istio.io/inject'] !== undefined
            ? ['metadata', 'labels', 'sidecar.istio.io/inject']
            : ['metadata']),
        ),
        message:
          said === undefined
            ? `the pod has no proxy, though namespace "${pod.namespace}" asks for one`
            : `"sidecar.istio.io/inject" is "${said}", which gives the pods no proxy, though namespace "${pod.namespace}" asks for one`,
        ...(said === undefined ? {} : { hint: 'write "true", or "false" where that is meant' }),
      };
    }
  },
};
