import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { placeText } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { isUp, podLabels } from '../../order/facts/readiness';
import { isService, list } from '../../order/facts/references';
import { nameText } from '../named';
import type { Refusal } from './planned-object';

/**
 * Services that come to lead to another port of the pods, while these come to listen there, or no more where they did: old and new
 * pods are there together, and not both of them listen at the old port and the new one. What pods do not say is not known.
 * Source: kubernetes.io, Service, field spec.ports.targetPort: a name is looked up in each pod.
 */
export function movedPorts(before: readonly Manifest[], after: readonly Manifest[]): Refusal[] {
  const live = new Map(before.map((m) => [keyOf(m), m]));
  const workloads = after.filter(isUp);
  return after.filter(isService).flatMap((service): Refusal[] => {
    const old = live.get(keyOf(service));
    if (!old || !service.object.spec?.selector) return [];
    return targetsOf(service).flatMap(([port, to]): Refusal[] => {
      const from = targetsOf(old).find(([p]) => p === port)?.[1];
      if (from === undefined || from === to) return [];
      const moved = workloads.find((w) => {
        const was = live.get(keyOf(w));
        if (!was || w.namespace !== service.namespace || was.object.spec?.replicas === 0) return false;
        const isServed = [was, w].every((x) => selects(service.object.spec.selector, podLabels(x)));
        const [listened, listens] = [portsOf(was), portsOf(w)];
        return isServed && listened.has(from) && listens.has(to) && !(listened.has(to) && listens.has(from));
      });
      if (!moved) return [];
      return [
        {
          key: keyOf(service),
          what: nameText(service),
          place: placeText(service.place()),
          message: `there is no order without a gap: its port ${port} leads to ${to} instead of ${from}, while old pods of ${nameText(moved)} and new ones are there together, and not all of them listen at both: have the pods listen at both (or give the port a name beside its number), and apply that; then have the Service lead there; and take the old port away last`,
        },
      ];
    });
  });
}

/** Ports of a Service, with the numbers or names that they lead to. */
const targetsOf = (m: Manifest): (readonly [port: number, to: number | string])[] =>
  list(m.object.spec?.ports).map((p) => [p.port, p.targetPort ?? p.port] as const);

/** Numbers and names of the ports that containers say they listen at. */
const portsOf = (m: Manifest): ReadonlySet<number | string> =>
  new Set(
    list(m.object.spec?.template?.spec?.containers).flatMap((c) => list(c.ports).flatMap((p) => [p.containerPort, p.name])),
  );
