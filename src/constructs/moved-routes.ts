import type { IstioVirtualService } from '../../imports/argoproj.io';
import { VirtualService } from '../../imports/networking.istio.io';
import { quoted } from '../values/names';
import type { AppModel } from './app-model';

interface Service {
  readonly host: string;
  readonly name: string;
  readonly namespace: string;
}

/**
 * The routes whose weights a Rollout moves, by VirtualService: all that lead to subsets of the service, at gateways too. Asked
 * when all VirtualServices are made. Throws where the controller would do something else to a route than move its weights.
 * @param added names of routes that the controller adds for a while
 */
export function movedRoutes(
  model: AppModel,
  service: Service,
  { where, added }: { readonly where: string; readonly added: readonly string[] },
): IstioVirtualService[] {
  const out: IstioVirtualService[] = [];
  for (const { name, namespace, spec } of virtualServicesTo(model, service.host)) {
    const at = `VirtualService "${name}"`;
    const moved = (routes: readonly any[] | undefined = []) => routes.filter((r) => (r.route ?? []).some(leadsTo(service.host)));
    const [http, tcp, tls] = [moved(spec.http), moved(spec.tcp), moved(spec.tls)];
    const all = (spec.http ?? []).find((r: any) => r.route?.some(isWhole(service.host)));
    if (all)
      throw new Error(
        `route "${all.name}" of ${at} leads to all pods of service "${service.name}", those of its canary among them, whatever their share: leave the rule out, or release ${where} without engine`,
      );
    if (http.length + tcp.length + tls.length === 0) continue;
    for (const r of [...http, ...tcp, ...tls])
      if (r.route.length !== 2 || !r.route.every(leadsTo(service.host)))
        throw new Error(
          `route "${r.name ?? 'of connections'}" of ${at} shares requests between service "${service.name}" and others, and Argo Rollouts takes all but stable and canary out of a route that it moves: end the migration first, or release ${where} without engine`,
        );
    const names = ((spec.http ?? []) as any[]).map((r) => r.name);
    const twice = http.map((r) => r.name).find((n) => names.filter((other) => other === n).length > 1);
    if (twice !== undefined)
      throw new Error(
        `${at} has several routes "${twice}", and Argo Rollouts finds a route by its name, so would move one of them alone: give the rules that part it names of their own`,
      );
    const taken = added.filter((n) => names.includes(n));
    if (taken.length > 0)
      throw new Error(
        `steps of ${where} make routes ${quoted(taken)}, which ${at} has already, and would lose when the release ends: give them other names`,
      );
    const foreign = names.filter((n) => !http.some((r) => r.name === n));
    if (added.length > 0 && (namespace !== service.namespace || name !== service.name))
      throw new Error(
        `steps of ${where} make routes ${quoted(added)}, which Argo Rollouts puts before all routes of ${at}, too, whatever their path${foreign.length > 0 ? ` (${quoted(foreign)})` : ''}: leave setHeaderRoute and setMirrorRoute out where a gateway leads to the service`,
      );
    if (tls.length > 0 && (spec.tls as any[]).length > 1)
      throw new Error(
        `${at} has several routes of TLS connections, and Argo Rollouts finds one among several by the order of its names, which it does not keep: give service "${service.name}" one TLS port`,
      );
    out.push({
      name: namespace === service.namespace ? name : `${name}.${namespace}`,
      ...(http.length > 0 ? { routes: http.map((r) => r.name) } : {}),
      ...(tcp.length > 0 && (spec.tcp as any[]).length > 1
        ? { tcpRoutes: tcp.map((r) => ({ port: r.match[0].port as number })) }
        : {}),
    });
  }
  return out.sort((a, b) => (a.name === service.name ? -1 : b.name === service.name ? 1 : a.name < b.name ? -1 : 1));
}

const leadsTo = (host: string) => (d: any) => d.destination.host === host && d.destination.subset !== undefined;

const isWhole = (host: string) => (d: any) => d.destination.host === host && d.destination.subset === undefined;

interface Made {
  readonly name: string;
  readonly namespace: string;
  readonly spec: any;
}

/** VirtualServices of the app that name the host as a destination. */
function virtualServicesTo(model: AppModel, host: string): readonly Made[] {
  if (!model.routesTo) {
    model.routesTo = new Map();
    for (const object of model.parts.keys()) {
      if (!(object instanceof VirtualService)) continue;
      const { metadata, spec } = object.toJson();
      const hosts = [...(spec.http ?? []), ...(spec.tcp ?? []), ...(spec.tls ?? [])].flatMap((r: any) =>
        (r.route ?? []).map((d: any) => d.destination.host as string),
      );
      for (const to of new Set(hosts))
        model.routesTo.set(to, [...(model.routesTo.get(to) ?? []), { name: metadata.name, namespace: metadata.namespace, spec }]);
    }
  }
  return (model.routesTo.get(host) ?? []) as readonly Made[];
}
