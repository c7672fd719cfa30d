import { isInjected, PROXY, podsOf } from '../analyzed-pods';
import { at } from '../fields';
import { labelSelectorTakes, mutatingWebhooks } from '../injection-webhooks';
import { items } from '../items';
import { namespaceLabels } from '../namespaces';
import type { Rule } from '../rule';

/** A proxy's image is left to the injector, which does not see the pod. */
export const imageAuto: Rule = {
  id: 'MESH061',
  name: 'image-auto',
  severity: 'error',
  codes: ['IST0146', 'IST0147'],
  summary: 'the image of a proxy is left to the injector, which does not look at the pod',
  why: '`image: auto` is replaced by the injector. Where nothing asks for injection it stays, and the pod waits for an image called "auto". Source: pkg/kube/inject/inject.go.',
  remedy: 'Label the template `sidecar.istio.io/inject: "true"`, or the namespace `istio-injection: enabled`.',
  *check(mesh) {
    const webhooks = mutatingWebhooks(mesh).filter((w) => String(w.webhook.name ?? '').endsWith('istio.io'));
    for (const pod of podsOf(mesh).all) {
      const { owner, path } = pod;
      if (!owner) continue;
      const spec = path.length === 0 ? owner.spec : (owner.spec.template?.spec ?? {});
      const container = [...items(spec.containers)].find(([, c]) => c.name === PROXY && c.image === 'auto');
      if (!container) continue;
      const labels = namespaceLabels(mesh, pod.namespace);
      const taken =
        webhooks.length === 0
          ? isInjected(labels, pod.labels, pod.annotations)
          : webhooks.some(
              ({ webhook }) =>
                labelSelectorTakes(webhook.namespaceSelector, labels) && labelSelectorTakes(webhook.objectSelector, pod.labels),
            );
      const stays = [...items(pod.spec.containers)].some(([, c]) => c.name === PROXY && c.image === 'auto');
      const codes = [...(owner.manifest.kind === 'Deployment' && !taken ? ['IST0146'] : []), ...(stays ? ['IST0147'] : [])];
      if (codes.length === 0) continue;
      yield {
        at: at(owner, ...path, 'spec', 'containers', container[0], 'image'),
        codes,
        message: `no injector replaces the image "auto": ${webhooks.length === 0 ? 'neither the pod nor its namespace asks for it' : 'no webhook takes the labels of the pod and its namespace'}`,
        hint: 'label the pods sidecar.istio.io/inject: "true"',
      };
    }
  },
};
