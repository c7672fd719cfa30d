import { fieldText } from '../../manifests/manifest';
import type { Ref } from '../../model/config';
import { gatewayName } from '../../model/virtual-service';
import type { CheckedMesh } from '../checked-mesh';
import { gatewayKey, gatewaysByName } from '../gateways';
import { items, texts } from '../items';
import type { Rule } from '../rule';

/** A VirtualService names a Gateway in the old way. */
export const gatewayNameStyle: Rule = {
  id: 'MESH088',
  name: 'gateway-name-style',
  severity: 'warning',
  codes: ['IST0101', 'IST0132', 'IST0133', 'KIA1108'],
  summary: 'a VirtualService names a Gateway in the old way',
  why: 'Gateways used to be named like hosts, "gateway.namespace.svc.cluster.local". istiod still reads such names, by their first two parts, and Gateways with dots in their own names cannot be named so. The webhook of Istio warns of the first name of a list, and istioctl says that such a Gateway is not there. Source: pilot/pkg/model/config.go, resolveGatewayName.',
  remedy: 'Write "<namespace>/<name>", or the name alone for one of the same namespace.',
  *check(mesh) {
    const gateways = gatewaysByName(mesh);
    const isThere = (name: string, namespace: string) =>
      !gateways.has(gatewayKey(name, namespace)) && gateways.has(gatewayName(name, namespace));
    for (const { at, name } of names(mesh)) {
      const [first, second] = name.split('.');
      if (name.includes('/') || !second) continue;
      const isWarned = mesh.problems
        .get(at.manifest)
        ?.some((p) => p.code === 'KIA1108' && fieldText(p.path) === fieldText(at.path));
      yield {
        at,
        message: `"${name}" names a Gateway as if it were a host`,
        hint: `write "${second}/${first}"`,
        codes: [
          // istioctl does not take such names apart
          ...(at.path[1] === 'gateways' && isThere(name, at.manifest.namespace) ? ['IST0101', 'IST0132'] : []),
          ...(isWarned ? ['IST0133'] : []),
          'KIA1108',
        ],
      };
    }
  },
};

function* names(mesh: CheckedMesh): Iterable<{ readonly at: Ref; readonly name: string }> {
  for (const { spec, manifest } of mesh.of('VirtualService')) {
    for (const [i, name] of texts(spec.gateways)) yield { at: { manifest, path: ['spec', 'gateways', i] }, name };
    for (const protocol of ['http', 'tls', 'tcp'])
      for (const [i, rule] of items(spec[protocol]))
        for (const [j, match] of items(rule.match))
          for (const [k, name] of texts(match.gateways))
            yield { at: { manifest, path: ['spec', protocol, i, 'match', j, 'gateways', k] }, name };
  }
}
