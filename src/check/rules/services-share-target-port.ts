import { quoted } from '../../values/names';
import { at } from '../fields';
import { items } from '../items';
import type { Related, Rule } from '../rule';
import { servicesOfDeployments } from '../services-of-deployments';

/** Different ports of Services lead to the same port of the pods. */
export const servicesShareTargetPort: Rule = {
  id: 'MESH055',
  name: 'services-share-target-port',
  severity: 'warning',
  codes: ['IST0137'],
  summary: 'different ports of Services lead to one port of the pods',
  why: 'A proxy has one listener for a port of its pod, made of the Service that istiod meets first. When the others say another protocol, their requests are read by the wrong one. Source: pilot/pkg/model/service.go.',
  remedy: 'Let each port of a Service lead to a port of its own, or say the same protocol in all.',
  *check(mesh) {
    for (const [deployment, services] of servicesOfDeployments(mesh)) {
      const byTarget = new Map<string, Map<number, Related & { readonly name: string }>>();
      for (const s of services)
        for (const [i, p] of items(s.spec.ports)) {
          const said = String(p.targetPort ?? '');
          const target = said === '' || said === '0' ? String(p.port ?? 0) : said;
          const ports = byTarget.get(target) ?? new Map();
          byTarget.set(target, ports);
          if (s.config)
            ports.set(p.port ?? 0, {
              at: at(s.config, 'spec', 'ports', i),
              message: `by port ${p.port ?? 0}`,
              name: `${s.namespace}/${s.name}`,
            });
        }
      for (const [target, ports] of byTarget)
        if (ports.size > 1)
          yield {
            at: at(deployment, 'metadata', 'name'),
            message: `ports ${[...ports.keys()].sort((a, b) => a - b).join(' and ')} of ${quoted([...new Set([...ports.values()].map((p) => p.name))])} lead to one port of the pods, "${target}"`,
            related: [...ports.values()].map(({ at: place, message }) => ({ at: place, message })),
          };
    }
  },
};
