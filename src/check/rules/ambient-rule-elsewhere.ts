import { ruledAmbientHosts } from '../ambient-destinations';
import type { Rule } from '../rule';

/** A DestinationRule for a host in ambient mode is where its waypoint does not look. */
export const ambientRuleElsewhere: Rule = {
  id: 'MESH105',
  name: 'ambient-rule-elsewhere',
  severity: 'warning',
  codes: ['KIA0212'],
  summary: 'a DestinationRule for a host in ambient mode is in a namespace where the waypoint does not look',
  why: "A waypoint takes a DestinationRule from the namespace of the destination, from its own or the root namespace; one in the client's namespace does nothing for clients in ambient mode. (Kiali wants it in the destination's namespace alone.) Source: pilot/pkg/model/push_context.go, destinationRule.",
  remedy: 'Move it to the namespace of the destination.',
  *check(mesh) {
    for (const { config, at, host, service, waypoint } of ruledAmbientHosts(mesh)) {
      if (
        !waypoint ||
        config.namespace === service.namespace ||
        (config.namespace === waypoint.namespace && config.namespace !== mesh.model.mesh.rootNamespace)
      )
        continue;
      yield {
        at,
        message: `the waypoint of "${host}" does not look for a DestinationRule in namespace "${config.namespace}"`,
        hint: `move it to namespace "${service.namespace}"`,
        related: [{ at: waypoint.at, message: 'the waypoint' }],
      };
    }
  },
};
