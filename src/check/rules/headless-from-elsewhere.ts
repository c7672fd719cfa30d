import { fullName } from '../../model/host';
import { destinationsOf } from '../destinations';
import { headlessService, isForSidecars } from '../headless';
import { texts } from '../items';
import type { Rule } from '../rule';

/** A route, or a mirror, of another host leads to a headless Service. */
export const headlessFromElsewhere: Rule = {
  id: 'MESH190',
  name: 'headless-from-elsewhere',
  severity: 'error',
  codes: [],
  summary: 'a route or mirror of another host leads to a headless Service',
  why: 'For a headless Service a sidecar connects to the address that its client dialled (its cluster is ORIGINAL_DST). Who calls another host dialled that one, so the request goes there again, to its own pods or to the address of its Service, and never to the pods of the headless one. Gateways get endpoints and are no matter. Source: pilot/pkg/networking/core/cluster.go, convertResolution; tried on Envoy.',
  remedy: 'Lead to a Service with an address (`clusterIP`) over the same pods.',
  *check(mesh) {
    for (const { config, destination, path, role } of destinationsOf(mesh)) {
      const service = headlessService(mesh, destination.host, config.namespace);
      if (!service || !isForSidecars(config)) continue;
      const hosts = texts(config.spec.hosts).map(([, h]) => fullName(h, config.namespace, mesh.model.mesh.domain));
      // a delegate has none of its own; `*` and pods by name may be the Service's
      if (hosts.length === 0 || hosts.some((h) => h === service.host || h.startsWith('*') || h.endsWith(`.${service.host}`)))
        continue;
      yield {
        at: { manifest: config.manifest, path: [...path, 'host'] },
        message: `"${service.host}" is headless: a proxy connects to what its client dialled, which is "${hosts[0]}", so ${role === 'mirror' ? 'copies go' : 'requests go'} there again`,
        hint: `lead to a Service with a clusterIP over the pods of "${service.name}"`,
        related: [{ at: { manifest: service.config.manifest, path: ['spec', 'clusterIP'] }, message: 'headless here' }],
      };
    }
  },
};
