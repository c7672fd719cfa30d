import type { Construct } from 'constructs';
import { claimsOf } from '../routing/claims';
import { describeMatches } from '../routing/describe';
import type { Effect } from '../routing/effects';
import type { Action, HttpTable, Rule } from '../routing/table';
import type { Condition, Where } from '../values/condition';
import { dnsLabel, quoted } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { checkBody, checkRedirect, checkStatus, type RedirectTo } from './answers';
import { AppModel } from './app-model';
import { type Caller, sameApp } from './caller';
import { checkRank } from './equal-rank';
import type { HttpService } from './fault-injection';
import { effectsOf, type GatewayRouteOptions } from './gateway-options';
import { needsService } from './needs-service';
import { originOf } from './origin';
import { checkOrder, orderOf, type RuleOptions } from './rule-options';

interface RouteEntry {
  readonly rule: Omit<Rule, 'action'>;
  readonly action: () => Action;
  /** Where it leads and what happens on the way, for comparison. */
  readonly says: unknown;
  /** The service that it is named after, where it has no name of its own. */
  readonly namesake?: HttpService;
}

type NewRoute = Pick<Rule, 'name' | 'tier' | 'order'> & Omit<RouteEntry, 'rule'> & { readonly effects?: readonly Effect[] };

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

  /** Claims of tokens that routes ask for. */
  get claims(): readonly string[] {
    return claimsOf(this.entries.flatMap((e) => e.rule.when));
  }

  /** Requests that meet the condition go to the service, and there on as its own rules say. */
  route(when: Condition<Where>, service: HttpService, o: GatewayRouteOptions): void {
    const what = `a route of ${this.gateway.callerName}`;
    checkProperties({ when }, { when: 'gatewayCondition' }, what);
    needsService(service, `the service of ${what}`);
    sameApp(this.gateway, service, `the service of ${what}`);
    service.needHttp(what);
    const effects = effectsOf(o, `route to "${service.name}" of ${this.gateway.callerName}`);
    const port = this.httpPort(service, o.port);
    const action = (): Action => ({ kind: 'split', to: [{ ...service.linked(), port }] });
    const order = checkOrder(o.order, `route to "${service.name}" of ${this.gateway.callerName}`);
    const says = [service.host, port, effects];
    const named = o.name === undefined ? { name: service.name, namesake: service } : { name: o.name };
    this.add({ ...named, tier: 'default', order, action, effects, says }, when);
  }

  /** Sends clients elsewhere. Tier: platform. */
  redirect(when: Condition<Where>, to: RedirectTo, name: string, o: RuleOptions): void {
    const what = `a redirect of ${this.gateway.callerName}`;
    checkProperties({ when, name }, { when: 'gatewayCondition', name: 'text' }, what);
    checkRedirect(to, when, what);
    this.answer(name, when, { kind: 'redirect', ...to }, o);
  }

  /** Answers without a service. Tier: platform. */
  respond(when: Condition<Where>, status: number, body: string | undefined, name: string, o: RuleOptions): void {
    checkStatus(status, `a response of ${this.gateway.callerName}`);
    checkProperties(
      { when, name, ...(body === undefined ? {} : { body }) },
      { when: 'gatewayCondition', name: 'text', body: 'text?' } as Properties<{
        when: Condition<Where>;
        name: string;
        body?: string;
      }>,
      `a response of ${this.gateway.callerName}`,
    );
    checkBody(body, `a response of ${this.gateway.callerName}`);
    this.answer(name, when, { kind: 'respond', status, ...(body === undefined ? {} : { body }) }, o);
  }

  private answer(name: string, when: Condition<Where>, action: Action, o: RuleOptions): void {
    const order = orderOf(o, `${action.kind} "${name}" of ${this.gateway.callerName}`);
    this.add({ name, tier: 'platform', order, action: () => action, says: action }, when);
  }

  /** The routes as a table, services' own tables linked: the same one in whatever order they were said. */
  table(): HttpTable {
    const texts = new Map(this.entries.map((e) => [e, JSON.stringify([describeMatches(e.rule.when), e.says])]));
    const entries = [...this.entries].sort((a, b) => (texts.get(a)! < texts.get(b)! ? -1 : 1));
    return {
      host: `gateway ${this.gateway.name}`,
      ports: [],
      overlays: [],
      rules: entries.map((e) => ({ ...e.rule, name: this.nameOf(e), action: e.action() })),
    };
  }

  /** A service's name, with its namespace where routes lead to another service of that name. */
  private nameOf({ rule, namesake }: RouteEntry): string {
    const others = this.entries.some((e) => namesake && e.namesake?.name === namesake.name && e.namesake !== namesake);
    return others ? `${rule.name}-${namesake!.namespace}` : rule.name;
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

  private add({ name, tier, order, effects, ...entry }: NewRoute, when: Condition<Where>): void {
    const { callerName } = this.gateway;
    if (this.hosts.length === 0) throw new Error(`${callerName} has no hosts: HTTP routes need at least one ('*' is any)`);
    dnsLabel(name, `name of a route of ${callerName}`);
    const place = { name, tier, order, when: when.matches, origin: originOf(this.gateway) };
    const others = this.entries.map((e) => ({ ...e.rule, says: e.says }));
    checkRank({ ...place, says: entry.says }, others, (e) => e.says, `routes of ${callerName}:`);
    this.entries.push({ ...entry, rule: { ...place, ...(effects?.length ? { effects } : {}) } });
    AppModel.of(this.gateway).touch();
  }
}
