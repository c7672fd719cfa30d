import { itemsOf, managersOf, treeAt } from '../fields/managed-fields';
import { placeText } from '../manifests/manifest';
import { list } from '../order/references';
import { expected } from './afterwards';
import { nameText } from './named';
import type { PlannedObject, Refusal } from './planned-object';

/**
 * Ports that others gave a Service under a name that a port of the files has: ports are told apart by number and protocol, so both
 * would be there, and the server takes a name once. Source: kubernetes.io, Service, field spec.ports.name.
 */
export const twinPorts = (objects: readonly PlannedObject[], manager: string): Refusal[] =>
  objects.flatMap((p): Refusal[] => {
    const { manifest: m, body, live } = p;
    if (m.kind !== 'Service' || m.group !== '' || !live) return [];
    const own = list((body as any)?.spec?.ports);
    const others = list((expected(p, manager) as any)?.spec?.ports).filter((port) => !own.some((o) => isSame(o, port)));
    return others.flatMap((port): Refusal[] => {
      const twin = own.find((o) => o.name === port.name);
      if (!twin) return [];
      const names = managersOf(live.manifest.object)
        .filter((by) => by.manager !== manager)
        .filter((by) => itemsOf(treeAt(by.fieldsV1, ['f:spec', 'f:ports'])).some(({ keys }) => keys.port === port.port))
        .map((by) => by.manager);
      return [
        {
          what: nameText(m),
          place: placeText(m.place()),
          message: `port ${port.port}, which ${names.join(', ') || 'somebody else'} owns, ${port.name === undefined ? 'has no name, and neither has' : `has the name "${port.name}", and so has`} port ${twin.port} of the files: of several ports the server wants a name each. Take it out of the Service by hand (kubectl edit), or give the one of the files another name`,
        },
      ];
    });
  });

const isSame = (a: any, b: any): boolean => a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');
