import type { Construct } from 'constructs';
import type { Effect } from '../routing/effects';
import type { Action, HttpTable, Rule } from '../routing/table';
import type { Condition } from '../values/condition';
import { dnsLabel, quoted } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel } from './app-model';
import { type Caller, sameApp } from './caller';
import type { HttpService } from './fault-injection';
import { checkRedirect, effectsOf, type GatewayRouteOptions, type RedirectTo } from './gateway-options';
import { needsService } from './needs-service';
import { originOf } from './origin';

interface RouteEntry {
  readonly rule: Omit<Rule, 'action'>;
  readonly action: () => Action;
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
    this.add(o.name ?? service.name, 'default', when, () => ({ kind: 'split', to: [{ ...service.linked(), port }] }), effects);
  }

  redirect(when: Condition, to: RedirectTo, name: string): void {
    const what = `a redirect of ${this.gateway.callerName}`;
    checkProperties({ when, name }, { when: 'condition', name: 'text' }, what);
    checkRedirect(to, when, what);
    this.add(name, 'platform', when, () => ({ kind: 'redirect', ...to }));
  }

  respond(when: Condition, status: number, body: string | undefined, name: string): void {
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new Error(`status ${status} of a response of ${this.gateway.callerName} is not one from 200 to 599`);
    checkProperties(
      { when, name, ...(body === undefined ? {} : { body }) },
      { when: 'condition', name: 'text', body: 'text?' } as Properties<{ when: Condition; name: string; body?: string }>,
      `a response of ${this.gateway.callerName}`,
    );
    this.add(name, 'platform', when, () => ({ kind: 'respond', status, ...(body === undefined ? {} : { body }) }));
  }

  /** The routes as a table, services' own tables linked. */
  table(): HttpTable {
    return {
      host: `gateway "${this.gateway.name}"`,
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

  private add(name: string, tier: Rule['tier'], when: Condition, action: () => Action, effects: readonly Effect[] = []): void {
    if (this.hosts.length === 0)
      throw new Error(`${this.gateway.callerName} has no hosts: HTTP routes need at least one ('*' is any)`);
    dnsLabel(name, `name of a route of ${this.gateway.callerName}`);
    this.entries.push({
      rule: {
        name,
        tier,
        order: this.entries.length,
        when: when.matches,
        origin: originOf(this.gateway),
        ...(effects.length > 0 ? { effects } : {}),
      },
      action,
    });
    AppModel.of(this.gateway).touch();
  }
}
