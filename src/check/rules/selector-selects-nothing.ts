import type { FieldPath } from '../../manifests/manifest';
import { quoted } from '../../values/names';
import { podsIn, selectedPods, selectsInstalled } from '../pods';
import type { Rule } from '../rule';

/** Where selectors are; AuthorizationPolicies, Gateways, Sidecars and Telemetries have rules of their own. */
const SELECTORS: Readonly<Record<string, FieldPath>> = {
  PeerAuthentication: ['spec', 'selector', 'matchLabels'],
  RequestAuthentication: ['spec', 'selector', 'matchLabels'],
  WasmPlugin: ['spec', 'selector', 'matchLabels'],
  ProxyConfig: ['spec', 'selector', 'matchLabels'],
  DestinationRule: ['spec', 'workloadSelector', 'matchLabels'],
  EnvoyFilter: ['spec', 'workloadSelector', 'labels'],
};
/** Of these, those in the root namespace are for workloads of all namespaces. Source: pilot/pkg/model/push_context.go. */
const MESH_WIDE = new Set(['RequestAuthentication', 'WasmPlugin', 'ProxyConfig']);

/** A selector chooses no workload. */
export const selectorSelectsNothing: Rule = {
  id: 'MESH072',
  name: 'selector-selects-nothing',
  severity: 'warning',
  codes: ['KIA0004'],
  summary: 'a selector chooses no workload',
  why: 'A policy that chooses nobody does nothing: mutual TLS is not asked for, tokens are not checked, the filter is in no proxy. Selectors are compared with the labels of pods, not with those of the Deployment. Where a namespace has no workloads among the manifests, it is an info. Source: pilot/pkg/model/policyattachment.go.',
  remedy: "Give the selector labels that the pods' template has, in the policy's own namespace.",
  *check(mesh) {
    const root = mesh.model.mesh.rootNamespace;
    for (const [kind, path] of Object.entries(SELECTORS))
      for (const { spec, namespace, manifest } of mesh.of(kind)) {
        const labels = path.slice(1).reduce<any>((value, key) => value?.[key], spec);
        if (!labels || Object.keys(labels).length === 0) continue;
        const isRoot = namespace === root;
        // selector-in-root-namespace tells of these
        if (isRoot && kind === 'PeerAuthentication') continue;
        // for workloads of all namespaces, which are often in other repositories
        if (isRoot && kind === 'EnvoyFilter') continue;
        const where = isRoot && MESH_WIDE.has(kind) ? '*' : namespace;
        if (selectedPods(mesh, where, labels).length > 0 || (isRoot && selectsInstalled(labels))) continue;
        const text = Object.entries(labels).map(([k, v]) => `${k}=${v}`);
        const nearest = near(text, (one) => selectedPods(mesh, where, one).length > 0);
        yield {
          at: { manifest, path },
          message: `no pod ${where === '*' ? 'of the mesh' : `of namespace "${namespace}"`} has the labels ${quoted(text)}`,
          hint: nearest
            ? `there are pods with ${quoted(nearest)}: take the other labels out, or write those that the pods have`
            : "write labels that the pods' template has; those of the Deployment itself do not count",
          ...(where === '*' || podsIn(mesh, namespace).length > 0 ? {} : { severity: 'info' as const }),
        };
      }
  },
};

/** Those of the labels that some pod has, one by one. */
function near(labels: readonly string[], some: (one: Record<string, string>) => boolean): readonly string[] | undefined {
  const had = labels.filter((l) => some({ [l.slice(0, l.indexOf('='))]: l.slice(l.indexOf('=') + 1) }));
  return had.length > 0 ? had : undefined;
}
