const has = (key: string, ...values: string[]) => ({ key, operator: 'In', values });
const hasNot = (key: string, ...values: string[]) =>
  values.length > 0 ? { key, operator: 'NotIn', values } : { key, operator: 'DoesNotExist' };
const webhook = (name: string, namespace: object[], object: object[]) => ({
  name: `${name}.sidecar-injector.istio.io`,
  clientConfig: { url: 'https://istiod.example.com/inject' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  namespaceSelector: { matchExpressions: namespace },
  objectSelector: { matchExpressions: object },
});
const [INJECT, REVISION] = ['istio-injection', 'istio.io/rev'];

/** What injects proxies: Istio's own, with a revision. Source: manifests/charts/istio-control/istio-discovery, mutatingwebhook.yaml. */
export const INJECTOR = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'istio-sidecar-injector' },
  webhooks: [
    webhook('namespace', [has(INJECT, 'enabled')], [hasNot('sidecar.istio.io/inject', 'false')]),
    webhook('object', [hasNot(INJECT), hasNot(REVISION)], [has('sidecar.istio.io/inject', 'true'), hasNot(REVISION)]),
    webhook('rev.namespace', [has(REVISION, 'stable'), hasNot(INJECT)], [hasNot('sidecar.istio.io/inject', 'false')]),
    webhook(
      'rev.object',
      [hasNot(REVISION), hasNot(INJECT)],
      [hasNot('sidecar.istio.io/inject', 'false'), has(REVISION, 'stable')],
    ),
  ],
};

const TEMPLATES = 'inject.istio.io/templates';

/** Whether a Deployment's pods become a gateway's. */
export const isGateway = ({ spec }: any): boolean => spec?.template?.metadata?.annotations?.[TEMPLATES] === 'gateway';

/**
 * An object as the injector leaves it: a gateway's pods take no mutual TLS. The oracle takes pods that say nothing for ones that do,
 * and makes pods of Deployments alone: a StatefulSet is one to it.
 */
export function asInjected(o: any): any {
  if (o.kind === 'StatefulSet') return { ...o, kind: 'Deployment' };
  if (o.kind !== 'Deployment' || !isGateway(o)) return o;
  const { template } = o.spec;
  const labels = { 'security.istio.io/tlsMode': 'disabled', ...template.metadata.labels };
  return { ...o, spec: { ...o.spec, template: { ...template, metadata: { ...template.metadata, labels } } } };
}
