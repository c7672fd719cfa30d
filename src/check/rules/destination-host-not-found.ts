import { fullName } from '../../model/host';
import { didYouMean } from '../../values/names';
import { destinationsOf } from '../destinations';
import { candidates } from '../hints';
import { knownHosts } from '../known-hosts';
import { INSTALLED_HINT, isInstalledHost } from '../pods';
import type { Rule } from '../rule';
import { subsetsByHost } from '../subsets';

/** A route or a mirror leads to a host that no Service and no ServiceEntry has. */
export const destinationHostNotFound: Rule = {
  id: 'MESH022',
  name: 'destination-host-not-found',
  severity: 'error',
  codes: ['IST0101', 'KIA1101', 'KIA1107'],
  summary: 'a route leads to a host that is not there',
  why: 'A short name is one of the namespace of the VirtualService; a name with a dot is taken as it is, so `reviews.shop` is no Service. Envoy has no cluster for the host, and answers every request of the route with 503 (flag NC). The gateways of the installation of Istio itself, where nothing of it is among the manifests, are an info. Source: pilot/pkg/networking/core/route/route.go.',
  remedy: 'Name a Service in full (`reviews.shop.svc.cluster.local`), or add the Service or a ServiceEntry that has the host.',
  *check(mesh) {
    const hosts = knownHosts(mesh);
    const subsets = subsetsByHost(mesh);
    for (const { config, destination, path, role } of destinationsOf(mesh)) {
      const host = destination.host ?? '';
      if (hosts.find(host, config.namespace, config.spec.exportTo)) continue;
      yield {
        at: { manifest: config.manifest, path: [...path, 'host'] },
        message: `no Service or ServiceEntry has the host "${host}"${inFull(host, config.namespace, mesh.model.mesh.domain)} that ${role === 'mirror' ? 'requests are mirrored to' : 'the route leads to'}`,
        ...(isInstalledHost(mesh, host)
          ? { severity: 'info' as const, hint: INSTALLED_HINT }
          : { hint: meant(host, hosts.near(host, config.namespace)) }),
        // nobody defines subsets of a host that is not there, which is no second fault
        ...(destination.subset && subsets(host, config.namespace).length === 0 ? {} : { codes: ['IST0101', 'KIA1101'] }),
      };
    }
  },
};

/** What a short name stands for, as ` (reviews.shop.svc.cluster.local)`. */
function inFull(host: string, namespace: string, domain: string): string {
  const full = fullName(host, namespace, domain);
  return full === host ? '' : ` (${full})`;
}

/** `reviews.shop` for `reviews.shop.svc.cluster.local`; otherwise what is near. */
export function meant(host: string, names: readonly string[]): string {
  const full = names.find((n) => n === `${host}.svc.cluster.local` || n === `${host}.cluster.local`);
  if (full) return `write the name in full: "${full}"`;
  // a short name is near to the short names of Services
  const near = host.includes('.') ? [] : names.filter((n) => didYouMean(host, [n.split('.')[0]!]) !== '');
  return near.length === 1 ? `did you mean "${near[0]}"?` : candidates(host, names);
}
