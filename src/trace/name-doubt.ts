import { hostWithin, isWild } from '../model/host';
import type { MeshModel } from '../model/mesh-model';
import type { Service } from '../model/service';
import { withoutPort } from '../model/virtual-host';
import { didYouMean } from '../values/names';
import { type Client, proxyOf } from './client';
import { serviceDialled } from './dialled';
import { requestTo } from './request';
import { isAddress, podsInstead } from './resolve-name';

/** What is odd about the host that a client asks for. */
export interface NameDoubt {
  /** Nobody can be called so: a name without a dot is one of the mesh, or of nothing. */
  readonly wrong: boolean;
  /** Whether a name that is there is near. */
  readonly near: boolean;
  readonly message: string;
}

/** Says when a host is likely a slip of the pen: the trace itself takes every name that nobody has for a host outside the mesh. */
export function nameDoubt(model: MeshModel, client: Client, asked: string): NameDoubt | undefined {
  const host = withoutPort(asked).toLowerCase().replace(/\.$/, '');
  if (isAddress(host) || host.startsWith('[')) return undefined;
  if (client.proxy === 'gateway') return atGateway(model, client, host);
  const pods = podsInstead(model, client.namespace, host);
  if (pods !== undefined) {
    const [pod] = host.split('.'); // whoever knows an address may still ask there for any name, as witnesses of a diff do
    const hint =
      pods === '' ? ': its pods have no names there, which a StatefulSet gives them by its serviceName' : `: there are ${pods}`;
    return { wrong: false, near: pods !== '', message: `no pod is called "${pod}" at "${host.slice(pod!.length + 1)}"${hint}` };
  }
  if (isKnown(model, client, host)) return undefined;
  const { namespace } = client;
  const services = model.services.filter((s) => s.registry === 'Kubernetes');
  if (!host.includes('.')) {
    const there = services.filter((s) => s.name === host && s.namespace !== namespace).map((s) => `"${s.name}.${s.namespace}"`);
    const own = services.filter((s) => s.namespace === namespace).map((s) => s.name);
    const longer = services.map((s) => `${s.name}.${s.namespace}`);
    const all = namespace === '' ? longer.filter((n) => didYouMean(host, [n.split('.')[0]!]) !== '') : [];
    const hint =
      there.length > 0
        ? `: say ${there.join(' or ')}`
        : didYouMean(host, own) ||
          (all.length > 0 && all.length <= 3 ? ` (did you mean ${all.map((n) => `"${n}"`).join(' or ')}?)` : '');
    const from = namespace === '' ? 'from outside' : `in namespace "${namespace}"`;
    return { wrong: true, near: hint !== '', message: `no service is called "${host}" ${from}${hint}` };
  }
  const near = nearby(host, [...services.flatMap((s) => namesOf(s, model)), ...otherHosts(model, client)]);
  const inMesh = host.endsWith(`.svc.${model.mesh.domain}`) || isOfNamespace(host, services);
  if (near.length === 0 && !inMesh) return undefined;
  const hint = near.length > 0 ? ` (did you mean ${near.map((n) => `"${n}"`).join(' or ')}?)` : '';
  return {
    wrong: false,
    near: near.length > 0,
    message: `nobody here is "${host}"${hint}: it counts as a host outside the mesh`,
  };
}

/** A gateway answers for the hosts of its servers alone. */
function atGateway(model: MeshModel, client: Client, host: string): NameDoubt | undefined {
  const servers = [...proxyOf(model, client).servers.byPort.values()].flat();
  const hosts = [...new Set(servers.flatMap((s) => s.hosts.map((h) => h.slice(h.indexOf('/') + 1).toLowerCase())))];
  if (hosts.some((h) => hostWithin(host, h))) return undefined;
  const near = nearby(host, hosts);
  const hint = near.length > 0 ? ` (did you mean ${near.map((n) => `"${n}"`).join(' or ')}?)` : '';
  return { wrong: false, near: near.length > 0, message: `no server of the gateway has the host "${host}"${hint}` };
}

function isKnown(model: MeshModel, client: Client, host: string): boolean {
  if (serviceDialled(model, client, requestTo(host, 0))) return true;
  const full = `${host}.${client.namespace}.svc.${model.mesh.domain}`;
  return otherHosts(model, client).some((h) => h === host || h === full || (isWild(h) && hostWithin(host, h)));
}

/** Hosts outside, and those of the VirtualServices that the client's proxy obeys; one for all hosts names none. */
function otherHosts(model: MeshModel, client: Client): string[] {
  const obeyed = client.proxy === 'none' ? [] : proxyOf(model, client).scope.listeners.flatMap((l) => l.virtualServices);
  const hosts = [
    ...[...new Set(obeyed)].flatMap((v) => v.hosts),
    ...model.services.filter((s) => s.registry === 'External').map((s) => s.host),
  ];
  return [...new Set(hosts.map((h) => h.toLowerCase()))].filter((h) => h !== '*');
}

const namesOf = (s: Service, { mesh }: MeshModel): string[] => {
  const short = `${s.name}.${s.namespace}`;
  return [short, `${short}.svc`, `${short}.svc.${mesh.domain}`];
};

/** `reviews.shop` where services of a namespace shop are there. */
const isOfNamespace = (host: string, services: readonly Service[]) =>
  host.split('.').length === 2 && services.some((s) => s.namespace === host.split('.')[1]);

/** Those that differ in one label alone, and little in that. */
function nearby(host: string, names: readonly string[]): string[] {
  const labels = host.split('.');
  const near = names.filter((n) => {
    const others = n.split('.');
    if (others.length !== labels.length || n.startsWith('*')) return false;
    const different = labels.filter((l, i) => l !== others[i]);
    return different.length === 1 && didYouMean(different[0]!, [others[labels.indexOf(different[0]!)]!]) !== '';
  });
  return [...new Set(near)].slice(0, 3);
}
