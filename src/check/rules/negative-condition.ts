import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

const ROUTE = ['Accepted', 'Programmed', 'ResolvedRefs'];
/** Conditions that tell of a fault when they are False. Source: analyzers/conditions/conditions.go. */
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  Service: ['istio.io/WaypointBound'],
  ServiceEntry: ['istio.io/WaypointBound'],
  WorkloadEntry: ['istio.io/WaypointBound'],
  AuthorizationPolicy: ['ZtunnelAccepted', 'WaypointAccepted'],
  'gateway.networking.k8s.io/Gateway': ROUTE,
  'gateway.networking.k8s.io/HTTPRoute': ROUTE,
  'gateway.networking.k8s.io/GRPCRoute': ROUTE,
};

/** The status of an object says that it could not be done. */
export const negativeCondition: Rule = {
  id: 'MESH028',
  name: 'negative-condition',
  severity: 'warning',
  codes: ['IST0171'],
  summary: 'the status of an object says that it is not in force',
  why: 'Controllers write there what they could not do. Found only in objects that were read from a cluster. Source: analyzers/conditions/conditions.go.',
  remedy: 'Mend what the message of the condition says.',
  *check(mesh) {
    for (const [kind, types] of Object.entries(CONDITIONS))
      for (const c of mesh.of(kind)) {
        const status = c.manifest.object.status;
        const lists: (readonly [readonly (string | number)[], unknown])[] = kind.endsWith('Route')
          ? [...items(status?.parents)].map(([i, p]) => [['status', 'parents', i, 'conditions'], p.conditions])
          : [[['status', 'conditions'], status?.conditions]];
        for (const [path, conditions] of lists)
          for (const [i, condition] of items(conditions)) {
            const negative = types.includes(condition.type) && condition.status === 'False';
            const partly =
              kind === 'AuthorizationPolicy' && condition.type === 'WaypointAccepted' && condition.reason === 'PartiallyInvalid';
            if (negative || partly)
              yield {
                at: at(c, ...path, i),
                message: `"${condition.type}" is ${condition.status} ("${condition.reason ?? ''}"): ${condition.message ?? ''}`,
              };
          }
      }
  },
};
