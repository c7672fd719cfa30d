import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { placeText } from '../manifests/manifest';
import { selects } from '../model/config';
import { nameText } from './named';
import type { Refusal } from './planned-object';
import { isWorkload, podLabels } from './readiness';
import { list } from './references';

/**
 * Services that come to lead to another number of port, and workloads that come to listen there, and no more where they did: old and
 * new pods are there together, and the number fits the one kind alone, whichever of the two is written first.
 * Source: kubernetes.io, Service, "you can use names of ports in Pods, also when the number of the port differs among them".
 */
export function movedPorts(before: readonly Manifest[], after: readonly Manifest[]): Refusal[] {
  const live = new Map(before.map((m) => [keyOf(m), m]));
  const workloads = after.filter((m) => isWorkload(m) && m.object.spec?.replicas !== 0);
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
        return isServed && listened.has(from) && !listened.has(to) && listens.has(to) && !listens.has(from);
      });
      if (!moved) return [];
      return [
        {
          what: nameText(service),
          place: placeText(service.place()),
          message: `there is no order without a gap: its port ${port} leads to ${to} instead of ${from}, as pods of ${nameText(moved)} listen there, while old pods and new ones are there together: give the port of the pods a name, and lead to it by that (targetPort: http), in an apply before this one, or let the pods listen at both until all are new`,
        },
      ];
    });
  });
}

const isService = (m: Manifest): boolean => m.kind === 'Service' && m.group === '';

/** Ports of a Service with the numbers that they lead to. */
const targetsOf = (m: Manifest): (readonly [port: number, to: number])[] =>
  list(m.object.spec?.ports).flatMap((p) => {
    const to = p.targetPort ?? p.port;
    return typeof to === 'number' ? [[p.port, to] as const] : [];
  });

/** The ports that containers say they listen at. */
const portsOf = (m: Manifest): ReadonlySet<number> =>
  new Set(list(m.object.spec?.template?.spec?.containers).flatMap((c) => list(c.ports).map((p) => p.containerPort)));
