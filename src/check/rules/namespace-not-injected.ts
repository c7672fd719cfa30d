import { SYSTEM_NAMESPACES } from '../analyzed-pods';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { at } from '../fields';
import type { Rule } from '../rule';

/** Pods of a namespace get no proxy, since nothing says whether they should. */
export const namespaceNotInjected: Rule = {
  id: 'MESH048',
  name: 'namespace-not-injected',
  severity: 'info',
  codes: ['IST0102', 'IST0148'],
  summary: 'a namespace does not say whether its pods are in the mesh',
  why: 'Without a label, or with another value than `enabled`, no proxy is added to its pods (unless Istio is installed to add them by default): policies do not hold for them, and they have no mutual TLS. Source: pkg/kube/inject/webhook.go; mutatingwebhook.yaml of istio-discovery.',
  remedy: 'Label the namespace `istio-injection: enabled`, or `disabled` to say that it is meant.',
  *check(mesh) {
    for (const c of mesh.of('Namespace')) {
      const labels = c.manifest.labels;
      if (SYSTEM_NAMESPACES.has(c.name)) continue;
      if (c.name === 'istio-system' || labels['istio.io/dataplane-mode'] === 'ambient') continue;
      const asked = labels['istio-injection'];
      if (asked && asked !== 'enabled' && asked !== 'disabled') {
        yield {
          at: at(c, 'metadata', 'labels', 'istio-injection'),
          severity: 'warning',
          codes: [],
          message: `"istio-injection: ${asked}" is neither "enabled" nor "disabled": pods of namespace "${c.name}" get no proxy`,
          hint: 'write "istio-injection: enabled"',
        };
        continue;
      }
      if (asked || labels['istio.io/rev'] !== undefined) continue;
      const byDefault = injectsByDefault(mesh);
      yield {
        at: at(c, 'metadata', 'name'),
        codes: [byDefault ? 'IST0148' : 'IST0102'],
        message: byDefault
          ? `pods of namespace "${c.name}" get a proxy, though the namespace does not ask for it`
          : `pods of namespace "${c.name}" get no proxy`,
        hint: 'label it "istio-injection: enabled", or "disabled" where that is meant',
      };
    }
  },
};

/** Whether the injector is told to add proxies in namespaces that say nothing. */
const injectsByDefault: (mesh: CheckedMesh) => boolean = ofMesh((mesh) =>
  mesh.of('ConfigMap').some((c) => {
    if (c.name !== 'istio-sidecar-injector') return false;
    try {
      return JSON.parse(c.manifest.object.data?.values ?? '').sidecarInjectorWebhook?.enableNamespacesByDefault === true;
    } catch {
      return false;
    }
  }),
);
