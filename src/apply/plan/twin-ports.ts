import { itemsOf, managersOf, treeAt } from '../../fields/managed-fields';
import { placeText } from '../../manifests/manifest';
import { list } from '../../order/facts/references';
import { nameText } from '../named';
import { expected } from './afterwards';
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
      const twin = own.find((o) => o.name === port.name || o.name === undefined || port.name === undefined);
      if (!twin) return [];
      const names = managersOf(live.manifest.object)
        .filter((by) => by.manager !== manager)
        .filter((by) => itemsOf(treeAt(by.fieldsV1, ['f:spec', 'f:ports'])).some(({ keys }) => isSame(keys, port)))
        .map((by) => by.manager);
      return [
        {
          key: p.key,
          what: nameText(m),
          place: placeText(m.place()),
          message: `port ${port.port}, which ${names.join(', ') || 'somebody else'} owns, has ${nameOf(port)}, and port ${twin.port} of the files ${nameOf(twin)}: of several ports the server wants a name each. Take it out of the Service by hand (kubectl edit), or give the one of the files another name`,
        },
      ];
    });
  });

const nameOf = ({ name }: any): string => (name === undefined ? 'no name' : `the name "${name}"`);
const isSame = (a: any, b: any): boolean => a.port === b.port && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');
