import { DATAPLANE, targetsOf } from '../ambient';
import { type AnalyzedPod, isAmbientPod, isInMesh, podsOf } from '../analyzed-pods';
import { at, selectorText } from '../fields';
import { selectsMachine } from '../machines';
import { namespaceLabels, namespacesOf } from '../namespaces';
import { podsIn, selectsInstalled } from '../pods';
import type { Found, Rule } from '../rule';
import { isAnalyzedAsAmbient } from '../workload-selectors';

/** An AuthorizationPolicy is for workloads that are not in the mesh. */
export const policySelectsNoPod: Rule = {
  id: 'MESH041',
  name: 'policy-selects-no-pod',
  severity: 'warning',
  codes: ['IST0127', 'KIA0004'],
  summary: 'an AuthorizationPolicy is for no workload of the mesh',
  why: 'A policy is enforced by the proxies of the pods that it selects in its namespace (in all, in the root namespace). Pods that are there, but get no proxy, are not guarded by it. Where the Namespace is not among the manifests, whether it injects is not known, and it is an info, as it is where neither it nor any of its pods is; so it is for the gateways of Istio itself, which are taken to be there. Source: pilot/pkg/model/authorization.go.',
  remedy: 'Select labels of the template of the workload, in the namespace of the workload, and let that namespace be injected.',
  *check(mesh) {
    const pods = podsOf(mesh);
    // ztunnel guards pods in ambient mode; istioctl knows them by what only a cluster writes
    const isAmbient = (p: AnalyzedPod) =>
      isAmbientPod(p) ||
      (p.labels[DATAPLANE] === undefined ? isAnalyzedAsAmbient(mesh, p.namespace) : p.labels[DATAPLANE] === 'ambient');
    const counts = (p: AnalyzedPod) => isInMesh(p, namespaceLabels(mesh, p.namespace)) || isAmbient(p);
    for (const c of mesh.of('AuthorizationPolicy')) {
      const root = c.namespace === mesh.model.mesh.rootNamespace;
      const selector: Record<string, string> | undefined = c.spec.selector && (c.spec.selector.matchLabels ?? {});
      if (root && !selector) continue;
      // what it is attached to enforces it: a gateway or a waypoint
      if (!selector && targetsOf(c.spec).length > 0) continue;
      const found = root ? pods.matching(selector) : pods.matchingIn(c.namespace, selector);
      const out: AnalyzedPod[] = [];
      let some = false;
      for (const p of found) {
        some = counts(p);
        if (some) break;
        out.push(p);
      }
      if (some || selectsMachine(mesh, selector, root ? undefined : c.namespace)) continue;
      // pods that say nothing themselves do as their namespace says
      const assumed = out.find((p) => !refusal(p) && !namespacesOf(mesh).get(p.namespace));
      // the gateways of Istio's own installation are seldom among the manifests
      const installed = root && out.every((p) => !p.owner) && selectsInstalled(selector!);
      // policies of a platform are often kept apart from workloads
      const elsewhere = root
        ? podsIn(mesh, '*').length === 0
        : !namespacesOf(mesh).get(c.namespace) && podsIn(mesh, c.namespace).length === 0;
      const where = root ? 'the mesh' : `namespace "${c.namespace}"`;
      yield {
        at: at(c, ...(selector ? ['spec', 'selector'] : ['metadata', 'name'])),
        message: selector
          ? `no pod of ${where} that has a proxy has "${selectorText(selector)}", so the policy guards nothing`
          : `no pod of ${where} has a proxy, so the policy guards nothing`,
        ...(installed
          ? {
              severity: 'info' as const,
              hint: "the gateway of Istio's own installation has these labels: where it is there, the policy guards it",
            }
          : assumed
            ? {
                severity: 'info' as const,
                hint: `there are such pods; Namespace "${assumed.namespace}" is not among the manifests, and is taken to have no label that injects: check them together with it`,
              }
            : elsewhere
              ? {
                  severity: 'info' as const,
                  hint: `${root ? 'no pods are' : `neither Namespace "${c.namespace}" nor a pod of it is`} among the manifests: check them together`,
                }
              : why(out)),
      };
    }
  },
};

const INJECT = 'sidecar.istio.io/inject';

/** Where pods themselves say that they want no proxy. */
const refusal = (p: AnalyzedPod): 'labels' | 'annotations' | undefined =>
  (['labels', 'annotations'] as const).find((where) => p[where][INJECT] !== undefined && p[where][INJECT] !== 'true');

/** Why pods that are there get no proxy. */
function why(out: readonly AnalyzedPod[]): Pick<Found, 'hint' | 'related'> {
  const [first] = out;
  if (!first) return {};
  const refusing = out.find((p) => refusal(p) && p.owner);
  if (!refusing) return { hint: 'there are such pods, but they get no proxy: see the labels of the namespace' };
  const where = refusal(refusing)!;
  return {
    hint: `there are such pods, but they say "${INJECT}: ${refusing[where][INJECT]}", so they get no proxy`,
    related: [{ at: at(refusing.owner!, ...refusing.path, 'metadata', where, INJECT), message: 'said here' }],
  };
}
