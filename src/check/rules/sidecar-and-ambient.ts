import { DATAPLANE, isAmbientNamespace } from '../ambient';
import { podLabelsPath, podsOf } from '../pods';
import type { Rule } from '../rule';

const INJECT = 'sidecar.istio.io/inject';

/** Something is to have sidecars and ambient mode. */
export const sidecarAndAmbient: Rule = {
  id: 'MESH106',
  name: 'sidecar-and-ambient',
  severity: 'warning',
  codes: ['KIA1311', 'KIA1316'],
  summary: 'pods are to have a sidecar, and to be in ambient mode',
  why: 'The sidecar wins: such pods are not taken into ambient mode, and waypoints are not asked for what they receive. A pod with a sidecar in a namespace of ambient mode works, and may be meant for a time: an info. Source: cni/pkg/util/podutil.go, PodRedirectionEnabled; pkg/kube/inject/inject.go.',
  remedy: 'Take one of the two labels out.',
  *check(mesh) {
    for (const p of podsOf(mesh)) {
      if (p.labels[INJECT] !== 'true') continue;
      const both = p.labels[DATAPLANE] === 'ambient';
      if (!both && (!isAmbientNamespace(mesh, p.namespace) || p.labels[DATAPLANE] === 'none')) continue;
      const { manifest } = p.config;
      yield {
        at: { manifest, path: [...podLabelsPath(manifest), INJECT] },
        message: both
          ? `pods of ${manifest.kind} "${manifest.name}" are to have a sidecar and to be in ambient mode: the sidecar wins`
          : `pods of ${manifest.kind} "${manifest.name}" have a sidecar in namespace "${p.namespace}", which is in ambient mode: waypoints are not asked for them`,
        hint: both ? `take "${INJECT}" or "${DATAPLANE}" out` : `say "${DATAPLANE}: none" beside it, where that is meant`,
        codes: [both ? 'KIA1311' : 'KIA1316'],
        ...(both ? {} : { severity: 'info' as const }),
      };
    }
  },
};
