import { isWild } from '../../model/host';
import { at } from '../fields';
import { knownHosts } from '../known-hosts';
import { INSTALLED_HINT, isInstalledHost } from '../pods';
import type { Rule } from '../rule';
import { meant } from './destination-host-not-found';

/** A DestinationRule is for a host that no Service and no ServiceEntry has. */
export const destinationRuleHostNotFound: Rule = {
  id: 'MESH044',
  name: 'destination-rule-host-not-found',
  severity: 'warning',
  codes: ['IST0174', 'KIA0202'],
  summary: 'a DestinationRule is for a host that is not there',
  why: 'istiod makes clusters of Services and ServiceEntries, and looks for a rule for each by its host. A rule for another host is not used by anything. A short name is one of the namespace of the rule. Source: pilot/pkg/model/push_context.go.',
  remedy: 'Write the full name of the Service (`reviews.shop.svc.cluster.local`), or add a ServiceEntry for the host.',
  *check(mesh) {
    const hosts = knownHosts(mesh);
    for (const c of mesh.of('DestinationRule')) {
      const host = String(c.spec.host ?? '');
      if (hosts.find(host, c.namespace, c.spec.exportTo)) continue;
      if (isWild(host) && hosts.hasWithin(host)) continue;
      yield {
        at: at(c, 'spec', 'host'),
        message: `no Service or ServiceEntry has the host "${host}", so the rule is for nothing`,
        ...(isInstalledHost(mesh, host)
          ? { severity: 'info' as const, hint: INSTALLED_HINT }
          : { hint: meant(host, hosts.near(host, c.namespace)) }),
      };
    }
  },
};
