import type { FieldPath } from '../../manifests/manifest';
import { isControlPlane, PROXY, podsOf } from '../analyzed-pods';
import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

const UID = 1337;

/** An application runs as the user that the proxy has. */
export const uidOfProxy: Rule = {
  id: 'MESH056',
  name: 'uid-of-proxy',
  severity: 'warning',
  codes: ['IST0144'],
  summary: 'an application runs as user 1337, which is the proxy’s',
  why: 'Connections of user 1337 are not led through the proxy, so that its own are not. Those of the application then go past the mesh: no routes, no mutual TLS. Source: tools/istio-iptables.',
  remedy: 'Run the application as another user.',
  *check(mesh) {
    for (const pod of podsOf(mesh).all) {
      const { owner, path, spec } = pod;
      if (!owner) continue;
      // istioctl looks at the labels of a Deployment, too
      const deployment = owner.manifest.kind === 'Deployment' && !isControlPlane(owner.manifest.labels);
      if (isControlPlane(pod.labels) && !deployment) continue;
      const say = (where: FieldPath) => ({
        at: at(owner, ...path, 'spec', ...where, 'securityContext', 'runAsUser'),
        message: `the application runs as user "${UID}", so its connections go past the proxy`,
      });
      if (spec.securityContext?.runAsUser === UID) {
        yield say([]);
        continue;
      }
      for (const [i, c] of items(spec.containers))
        if (c.name !== PROXY && c.name !== 'istio-operator' && c.securityContext?.runAsUser === UID) yield say(['containers', i]);
    }
  },
};
