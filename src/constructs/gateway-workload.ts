import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { AuthorizationPolicy } from '../../imports/security.istio.io';
import { type GatewayWorkload, INSTALLED_ACCOUNT, type Mesh } from './mesh';

/**
 * Lets everyone in at a gateway's pods, in a namespace that denies by default: clients outside have no identity, and what
 * they may reach is decided by the gateway's routes. The services behind still let only the gateway in.
 */
export function clientsOf(scope: Construct, name: string, namespace: string, labels: Readonly<Record<string, string>>): void {
  new AuthorizationPolicy(scope, 'Clients', {
    metadata: { name: `${name}-clients`, namespace },
    spec: { selector: { matchLabels: labels }, rules: [{}] },
  });
}

/**
 * Says on a Gateway who its pods are, where they are made elsewhere and not by istioctl's install: `mesh trace` sees them
 * nowhere else, and services let them in by this identity.
 */
export function accountNote(w: Required<GatewayWorkload>, mesh: Mesh): { readonly annotations?: Record<string, string> } {
  const account = `${w.namespace}/${w.serviceAccount}`;
  if (account === `${mesh.rootNamespace}/${INSTALLED_ACCOUNT}`) return {};
  return { annotations: { 'mesh.cdk8s.io/gateway-account': account } };
}

/**
 * The label that tells the pods of a deployed gateway from all others: `istio: edge.shop`. A Gateway's selector reaches
 * across namespaces, so the name alone would be shared with a gateway of that name elsewhere, and with the
 * `istio: ingressgateway` of an install. Source: Istio's networking/gateway reference (`selector`).
 */
export function ownPods(name: string, namespace: string): Readonly<Record<string, string>> {
  const value = `${name}.${namespace}`;
  if (value.length > 63)
    throw new Error(
      `gateway "${name}" and its namespace "${namespace}" have ${value.length} characters together, and a label with both tells its pods from others: 63 are allowed, so give it a shorter name`,
    );
  return { istio: value };
}

/**
 * A gateway's own Deployment, Service and ServiceAccount, filled in by Istio's injector (template `gateway`).
 * Source: Istio's setup/additional-setup/gateway page.
 */
export function gatewayWorkload(
  scope: Construct,
  name: string,
  own: Readonly<Record<string, string>>,
  ports: () => readonly { readonly number?: number | undefined; readonly name?: string | undefined }[],
  revision: string | undefined,
  reached: 'from outside' | 'from the mesh' = 'from outside',
): void {
  if (name === 'default')
    throw new Error(
      `gateway "default" would have Kubernetes' own service account "default", which every pod without one has, so its routes would let all of these in: give it another name`,
    );
  const labels = { app: name, ...own };
  const metadata = { name, labels };
  new ApiObject(scope, 'ServiceAccount', { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  new ApiObject(scope, 'Service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      ...(reached === 'from outside' ? { type: 'LoadBalancer' } : {}),
      selector: labels,
      // asked when all routes are known; two servers can share a port
      ports: Lazy.any({
        produce: () =>
          [...(reached === 'from outside' ? [{ name: 'status-port', number: 15021 }] : []), ...ports()]
            .filter((p, i, all) => all.findIndex((q) => q.number === p.number) === i)
            .map((p) => ({ name: p.name, port: p.number, protocol: 'TCP' })),
      }),
    },
  });
  new ApiObject(scope, 'Deployment', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: {
          labels: { ...labels, 'sidecar.istio.io/inject': 'true', ...(revision ? { 'istio.io/rev': revision } : {}) },
          annotations: { 'inject.istio.io/templates': 'gateway' },
        },
        spec: {
          serviceAccountName: name,
          // ports below 1024 without root
          securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
          containers: [
            {
              name: 'istio-proxy',
              image: 'auto',
              securityContext: {
                capabilities: { drop: ['ALL'] },
                runAsUser: 1337,
                runAsGroup: 1337,
                allowPrivilegeEscalation: false,
              },
            },
          ],
        },
      },
    },
  });
}
