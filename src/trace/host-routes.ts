import type { Ref } from '../model/config';
import type { ProxyView } from '../model/proxy';
import type { VirtualHost } from '../model/virtual-host';
import { type Act, actOf, type Named } from './act';
import type { AskedRequest } from './asked';
import { whyNot } from './match-route';
import type { Outcome, Step } from './outcome';
import { RouteIndex } from './route-index';

/** The routes of a host, ready for requests: what is the same for all requests of a route is worked out once. */
export class HostRoutes {
  private static readonly known = new WeakMap<VirtualHost, HostRoutes>();
  private readonly index: RouteIndex;
  private readonly taking: { readonly act: Act; readonly text: string }[] = [];

  /** Of a host, which is one proxy's. */
  static of(proxy: ProxyView, host: VirtualHost): HostRoutes {
    const known = HostRoutes.known.get(host) ?? new HostRoutes(proxy, host);
    HostRoutes.known.set(host, known);
    return known;
  }

  private constructor(
    private readonly proxy: ProxyView,
    readonly host: VirtualHost,
  ) {
    this.index = new RouteIndex(host.routes);
  }

  /** What the first route that takes the request does with it. Steps are added to those that are there. */
  decide(asked: AskedRequest, steps: Step[]): Outcome {
    const { host } = this;
    const index = this.index.first(asked);
    if (index === undefined) {
      steps.push(new Asking('no route of the host takes the request: 404', undefined, host, host.routes.length, asked));
      const { refused } = asked;
      if (refused) return { action: 'noRoute', status: refused.status, vhost: host.name, message: refused.body, steps };
      return { action: 'noRoute', status: 404, vhost: host.name, steps };
    }
    this.taking[index] ??= this.prepared(index);
    const { act, text } = this.taking[index];
    steps.push(new Asking(text, host.routes[index]!.by, host, index, asked));
    return act(asked, steps);
  }

  private prepared(index: number) {
    const route = this.host.routes[index]!;
    const { name, virtualService: v } = route;
    const named: Named = {
      vhost: this.host.name,
      routeIndex: index,
      ...(name ? { routeName: name } : {}),
      ...(v ? { config: `virtual-service/${v.namespace}/${v.name}` } : {}),
    };
    const text = v ? `route ${name ? `"${name}" ` : ''}takes it` : "the service's own default route takes it";
    return { act: actOf(this.proxy, route, named), text };
  }
}

/** Routes were asked. What was passed over is worked out when it is read: to say why costs more than to decide. */
class Asking implements Step {
  declare readonly by?: Ref;

  constructor(
    readonly text: string,
    by: Ref | undefined,
    private readonly host: VirtualHost,
    private readonly end: number,
    private readonly asked: AskedRequest,
  ) {
    if (by) this.by = by;
  }

  get passedOver(): NonNullable<Step['passedOver']> {
    const { routes, omitted } = this.host;
    return [
      ...routes.slice(0, this.end).map((r) => ({ by: r.by, name: r.name ?? '', reason: whyNot(r, this.asked) ?? '' })),
      ...omitted.map((o) => ({ by: o.by, name: '', reason: o.reason })),
    ];
  }
}
