import type { FieldPath } from '../../manifests/manifest';
import { type Config, objectText } from '../../model/config';
import { targetsOf } from '../ambient';
import type { CheckedMesh } from '../checked-mesh';
import { at } from '../fields';
import { type Pods, podLabelsPath, podSpecPath, podsIn, selectedPods } from '../pods';
import { type WithoutProxy, withoutProxy } from '../proxies';
import type { Found, Rule } from '../rule';

/** Kinds that proxies of the selected pods obey, and where the selector is. */
const KINDS: Readonly<Record<string, FieldPath>> = {
  AuthorizationPolicy: ['spec', 'selector', 'matchLabels'],
  PeerAuthentication: ['spec', 'selector', 'matchLabels'],
  RequestAuthentication: ['spec', 'selector', 'matchLabels'],
  Sidecar: ['spec', 'workloadSelector', 'labels'],
};

/** A policy is for pods that have no proxy which would obey it. */
export const policyWithoutProxy: Rule = {
  id: 'MESH210',
  name: 'policy-without-proxy',
  severity: 'warning',
  codes: [],
  summary: 'none of the pods that a policy is for has a proxy that would obey it',
  why: 'The proxy of a pod enforces what policies say: without one, plain text is taken, and everybody may call. The injector passes by pods that share the network of their node (`hostNetwork`), whatever the namespace says, pods that say `sidecar.istio.io/inject: "false"`, and namespaces that do not ask for it. AuthorizationPolicies for pods that the injector would not look at for another reason are told of by policy-selects-no-pod. Where a Namespace is not among the manifests, its pods are taken to have a proxy. Source: pkg/kube/inject/inject.go, injectRequired.',
  remedy:
    'Let the pods have a proxy; those on the network of their node are guarded by a NetworkPolicy, or by the service itself.',
  *check(mesh) {
    for (const [kind, path] of Object.entries(KINDS))
      for (const c of mesh.of(kind)) {
        const pods = podsOf(mesh, c, path);
        const [first] = pods;
        if (!first) continue;
        const why = new Set<WithoutProxy | undefined>();
        for (const p of pods) {
          why.add(withoutProxy(mesh, p));
          if (why.has(undefined)) break;
        }
        if (why.has(undefined) || (kind === 'AuthorizationPolicy' && !why.has('hostNetwork'))) continue;
        yield found(mesh, c, pods, path);
      }
  },
};

/** The pods that a policy is for; none where it is attached otherwise, or is for the whole mesh. */
function podsOf(mesh: CheckedMesh, { spec, namespace }: Config, path: FieldPath): readonly Pods[] {
  if (targetsOf(spec).length > 0) return [];
  const labels = path.slice(1).reduce<any>((value, key) => value?.[key], spec);
  const isRoot = namespace === mesh.model.mesh.rootNamespace;
  if (labels && Object.keys(labels).length > 0) return selectedPods(mesh, isRoot ? '*' : namespace, labels);
  return isRoot ? [] : podsIn(mesh, namespace);
}

function found(mesh: CheckedMesh, c: Config, pods: readonly Pods[], path: FieldPath): Found {
  const first = pods.find((p) => withoutProxy(mesh, p) === 'hostNetwork') ?? pods[0]!;
  const { manifest } = first.config;
  const why = withoutProxy(mesh, first)!;
  const labels = path.slice(1).reduce<any>((value, key) => value?.[key], c.spec);
  const more = pods.length > 1 ? ` and ${pods.length - 1} more` : '';
  return {
    at: at(c, ...(labels && Object.keys(labels).length > 0 ? path : ['metadata', 'name'])),
    message: `nobody obeys this ${c.manifest.kind}: ${objectText(manifest)}${more} ${more ? 'have' : 'has'} no proxy${
      why === 'hostNetwork' ? ', since its pods share the network of their node' : ''
    }`,
    hint:
      why === 'hostNetwork'
        ? 'take hostNetwork away, or guard the ports by a NetworkPolicy or in the service itself'
        : why === 'said'
          ? 'take "sidecar.istio.io/inject" away from the pods, or take this out'
          : `label Namespace "${first.namespace}" "istio-injection: enabled", or take this out`,
    related: [
      {
        at: { manifest, path: why === 'hostNetwork' ? [...podSpecPath(manifest), 'hostNetwork'] : podLabelsPath(manifest) },
        message: 'pods without a proxy',
      },
    ],
  };
}
