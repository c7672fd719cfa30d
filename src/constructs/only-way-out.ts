import { ApiObject } from 'cdk8s';
import { AppModel } from './app-model';
import { ownsNamespace } from './chart-namespace';
import type { EgressGateway } from './egress-gateway';
import { inWords, originOf } from './origin';

/**
 * Leaves the pods of a namespace no way out of the cluster: they reach pods, of all namespaces (DNS, istiod and the gateway among
 * them), and nothing else. The gateway's own pods are left out of it.
 * Source: Kubernetes' concepts/services-networking/network-policies (`namespaceSelector: {}`).
 */
export function onlyWayOut(gateway: EgressGateway, namespace: string): void {
  const past = AppModel.of(gateway).outside.find((o) => !o.via && o.callerNamespaces?.includes(namespace));
  if (past)
    throw new Error(
      `${gateway.callerName} leaves pods of namespace "${namespace}" no other way out, and they call ${past.calleeName} (${inWords(originOf(past))}) past it: give that one via, too`,
    );
  if (!ownsNamespace(gateway, namespace))
    throw new Error(
      `${gateway.callerName} leaves pods of namespace "${namespace}" no other way out, and no chart of this app has that namespace: the app that owns it has to write the NetworkPolicy; leave networkPolicy out`,
    );
  const [[key, value]] = Object.entries(gateway.labels) as [[string, string]];
  const here = namespace === gateway.namespace;
  new ApiObject(gateway, `NetworkPolicy-${namespace}`, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${gateway.name}-only`, namespace },
    spec: {
      podSelector: here ? { matchExpressions: [{ key, operator: 'NotIn', values: [value] }] } : {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ namespaceSelector: {} }] }],
    },
  });
}
