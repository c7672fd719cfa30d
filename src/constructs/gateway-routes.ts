import type { Construct } from 'constructs';
import type { Effect } from '../routing/effects';
import type { Action, HttpTable, Rule } from '../routing/table';
import type { Condition } from '../values/condition';
import { dnsLabel, quoted } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { checkRedirect, checkStatus, type RedirectTo } from './answers';
import { AppModel } from './app-model';
import { type Caller, sameApp } from './caller';
import { checkRank } from './equal-rank';
import type { HttpService } from './fault-injection';
import { effectsOf, type GatewayRouteOptions } from './gateway-options';
import { needsService } from './needs-service';
import { originOf } from './origin';

interface RouteEntry {
  readonly rule: Omit<Rule, 'action'>;
  readonly action: () => Action;
  /** Where it leads and what happens on the way, for comparison. */
  readonly says: unknown;
}

/** The HTTP routes of a gateway: a table of its own, to which those of the services are linked. */
export class GatewayRoutes {
  private readonly entries: RouteEntry[] = [];

  constructor(
    private readonly gateway: Construct & Caller & { readonly name: string },
    private readonly hosts: readonly string[],
  ) {}

  /** Whether there is any. */
  get any(): boolean {
    return this.entries.length > 0;
  }

  /** Requests that meet the condition go to the service, and there on as its own rules say. */
  route(when: Condition, service: HttpService, o: GatewayRouteOptions): void {
    const what = `a route of ${this.gateway.callerName}`;
    checkProperties({ when }, { when: 'condition' }, what);
    needsService(service, `the service of ${what}`);
    sameApp(this.gateway, service, `the service of ${what}`);
    service.needHttp(what);
    const effects = effectsOf(o, `route to "${service.name}" of ${this.gateway.callerName}`);
    const port = this.httpPort(service, o.port);
    const action = (): Action => ({ kind: 'split', to: [{ ...service.linked(), port }] });
    this.add({ name: o.name ?? service.name, tier: 'default', action, effects, says: [service.host, port, effects] }, when);
  }

  redirect(when: Condition, to: RedirectTo, name: string): void {
    const what = `a redirect of ${this.gateway.callerName}`;
    checkProperties({ when, name }, { when: 'condition', name: 'text' }, what);
    checkRedirect(to, when, what);
    this.answer(name, when, { kind: 'redirect', ...to });
  }

  respond(when: Condition, status: number, body: string | undefined, name: string): void {
    checkStatus(status, `a response of ${this.gateway.callerName}`);
    checkProperties(
      { when, name, ...(body === undefined ? {} : { body }) },
      { when: 'condition', name: 'text', body: 'text?' } as Properties<{ when: Condition; name: string; body?: string }>,
      `a response of ${this.gateway.callerName}`,
    );
    this.answer(name, when, { kind: 'respond', status, ...(body === undefined ? {} : { body }) });
  }

  private answer(name: string, when: Condition, action: Action): void {
    this.add({ name, tier: 'platform', action: () => action, effects: [], says: action }, when);
  }

  /** The routes as a table, services' own tables linked. */
  table(): HttpTable {
    return {
      host: `gateway ${this.gateway.name}`,
      ports: [],
      overlays: [],
      rules: this.entries.map((e) => ({ ...e.rule, action: e.action() })),
    };
  }

  private httpPort(service: HttpService, wanted: number | undefined): number {
    const http = service.ports.filter((p) => p.isHttp).map((p) => p.number);
    if (wanted === undefined && http.length > 1)
      throw new Error(
        `service "${service.name}" has several HTTP ports (${http.join(', ')}): say which one the route of ${this.gateway.callerName} means`,
      );
    const port = wanted ?? http[0]!;
    if (!http.includes(port))
      throw new Error(`port ${port} is not an HTTP port of service "${service.name}" (it has ${quoted(http.map(String))})`);
    return port;
  }

  private add(
    route: Pick<Rule, 'name' | 'tier'> & Pick<RouteEntry, 'action' | 'says'> & { readonly effects: readonly Effect[] },
    when: Condition,
  ): void {
    const { name, tier, action, says, effects } = route;
    const { callerName } = this.gateway;
    if (this.hosts.length === 0) throw new Error(`${callerName} has no hosts: HTTP routes need at least one ('*' is any)`);
    dnsLabel(name, `name of a route of ${callerName}`);
    const place = { name, tier, when: when.matches, origin: originOf(this.gateway) };
    const others = this.entries.map((e) => ({ ...e.rule, order: 0, says: e.says }));
    checkRank({ ...place, order: 0, says }, others, (e) => e.says, `routes of ${callerName}:`);
    const rule = { ...place, order: this.entries.length, ...(effects.length > 0 ? { effects } : {}) };
    this.entries.push({ rule, action, says });
    AppModel.of(this.gateway).touch();
  }
}
