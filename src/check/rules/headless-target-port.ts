import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** A headless Service has a port with another targetPort. */
export const headlessTargetPort: Rule = {
  id: 'MESH192',
  name: 'headless-target-port',
  severity: 'warning',
  codes: [],
  summary: 'a headless Service has a port whose targetPort is another',
  why: 'Nobody translates the port of a headless Service: its clients learn the addresses of the pods, and dial the port that they know. A sidecar has routes and listeners for the port of the Service, and connects to that port of the pod, where the program does not listen; of the target port it knows nothing. At gateways, which get endpoints with the target port, it holds. Source: pilot/pkg/networking/core/cluster.go, listener.go.',
  remedy: 'Write the port that the pods listen on as `port`, and leave `targetPort` out.',
  *check(mesh) {
    for (const c of mesh.of('Service')) {
      if (c.spec.clusterIP !== 'None' || !c.spec.selector) continue;
      for (const [i, p] of items(c.spec.ports)) {
        const target = p.targetPort;
        if (!/^\d+$/.test(String(target ?? '')) || Number(target) === Number(p.port)) continue;
        yield {
          at: at(c, 'spec', 'ports', i, 'targetPort'),
          message: `clients of a headless Service dial port ${p.port} of its pods, which listen on ${target}`,
          hint: `write port: ${target}, and call it by that`,
        };
      }
    }
  },
};
