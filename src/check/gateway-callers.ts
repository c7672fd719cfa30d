import { type Config, type Ref, selects } from '../model/config';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { filed } from './fields';
import { gatewaysOf as gatewayApiGateways } from './gateway-api';
import { items } from './items';
import { type Pods, podsIn, selectedPods, selectsInstalled } from './pods';

/** Whether a gateway may know who calls. */
interface GatewayCallers {
  /** Some server asks for a client's certificate. */
  readonly certificates: boolean;
  readonly at: Ref;
}

interface KnownCallers {
  /** Of the Gateway of the Gateway API of a name; nothing where it is not known. */
  ofTarget(namespace: string, name: string): GatewayCallers | undefined;
  /** Of all pods that a policy selects, nothing for those that are no gateway, or that no Gateway is known for. */
  ofSelector(namespace: string, labels: Readonly<Record<string, string>> | undefined): readonly (GatewayCallers | undefined)[];
}

/** Modes in which a server takes the certificate of a client. Source: networking/v1/gateway.proto, ServerTLSSettings. */
const MODES = new Set(['MUTUAL', 'OPTIONAL_MUTUAL', 'ISTIO_MUTUAL', 'AUTO_PASSTHROUGH']);

/** Whether the injector makes the pods a gateway. */
export const isGatewayPod = (p: Pods): boolean =>
  (p.annotations['inject.istio.io/templates'] ?? '').split(',').some((t) => t.trim() === 'gateway');

/** Which gateways may know who calls: by the certificates that their servers ask for. */
export const takesClientCertificates: (mesh: CheckedMesh) => KnownCallers = ofMesh((mesh) => {
  const byFirstLabel = new Map<string, Config[]>();
  for (const c of mesh.model.gateways) {
    const [first] = Object.entries<string>(c.spec.selector ?? {});
    if (first) filed(byFirstLabel, `${first[0]}=${first[1]}`, c);
  }
  const ofLabels = (labels: Readonly<Record<string, string>>): GatewayCallers | undefined => {
    const all = Object.entries(labels)
      .flatMap(([k, v]) => byFirstLabel.get(`${k}=${v}`) ?? [])
      .filter((c) => selects(c.spec.selector, labels));
    const [first] = all;
    return (
      first && {
        certificates: all.some((c) => items(c.spec.servers).some(([, s]) => MODES.has(s.tls?.mode))),
        at: { manifest: first.manifest, path: ['spec', 'servers'] },
      }
    );
  };
  const targets = new Map(gatewayApiGateways(mesh).map((g) => [`${g.namespace}/${g.name}`, g]));
  return {
    ofTarget(namespace, name) {
      const g = targets.get(`${namespace}/${name}`);
      // waypoints, and other implementations, know more
      if (g?.spec.gatewayClassName !== 'istio' || g.spec.tls) return undefined;
      const certificates = items(g.spec.listeners).some(
        ([, l]) => l.tls?.frontendValidation || Object.keys(l.tls?.options ?? {}).length > 0,
      );
      return { certificates, at: { manifest: g.manifest, path: ['spec', 'listeners'] } };
    },
    ofSelector(namespace, labels) {
      const where = namespace === mesh.model.mesh.rootNamespace ? '*' : namespace;
      const isAll = Object.keys(labels ?? {}).length === 0;
      const pods = isAll ? podsIn(mesh, where) : selectedPods(mesh, where, labels);
      if (pods.length === 0) return labels && !isAll && selectsInstalled(labels) ? [ofLabels(installed(labels))] : [];
      return pods.map((p) => (isGatewayPod(p) ? ofLabels(p.labels) : undefined));
    },
  };
});

/** The labels of the gateway of Istio's own installation that a selector means. */
const installed = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const name = (labels.istio ?? labels.app?.replace(/^istio-/, ''))!;
  return { app: `istio-${name}`, istio: name };
};
