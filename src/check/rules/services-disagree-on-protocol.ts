import { quoted } from '../../values/names';
import { at, filed } from '../fields';
import { items } from '../items';
import type { Related, Rule } from '../rule';
import { servicesOfDeployments } from '../services-of-deployments';

/** Services over the same pods say TCP and UDP of one port. */
export const servicesDisagreeOnProtocol: Rule = {
  id: 'MESH054',
  name: 'services-disagree-on-protocol',
  severity: 'warning',
  codes: ['IST0116'],
  summary: 'Services over the same pods have one port as TCP and as UDP',
  why: 'A proxy has one listener for a port of its pod. Source: istio.io, application requirements.',
  remedy: 'Give the ports different numbers.',
  *check(mesh) {
    for (const [deployment, services] of servicesOfDeployments(mesh)) {
      const byPort = new Map<number, Map<string, (Related & { readonly name: string })[]>>();
      for (const s of services)
        for (const [i, p] of items(s.spec.ports)) {
          const protocols = byPort.get(p.port ?? 0) ?? new Map();
          byPort.set(p.port ?? 0, protocols);
          if (s.config)
            filed(protocols, p.protocol || 'TCP', {
              at: at(s.config, 'spec', 'ports', i),
              message: `${p.protocol || 'TCP'} here`,
              name: `${s.namespace}/${s.name}`,
            });
        }
      for (const [port, protocols] of byPort) {
        if (protocols.size < 2) continue;
        const places = [...protocols.values()].map((some) => some[0]!);
        yield {
          at: at(deployment, 'metadata', 'name'),
          message: `port "${port}" of the pods' Services is ${[...protocols.keys()].join(' and ')}: ${quoted([...new Set([...protocols.values()].flat().map((p) => p.name))])}`,
          related: places.map(({ at: place, message }) => ({ at: place, message })),
        };
      }
    }
  },
};
