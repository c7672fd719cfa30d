import type { Construct } from 'constructs';
import type { Cors, Effect, HeaderChanges, PathRewrite } from '../routing/effects';
import type { Action, HttpTable, Rule } from '../routing/table';
import type { Condition } from '../values/condition';
import { type Time, toMillis } from '../values/duration';
import { dnsLabel, quoted } from '../values/names';
import { AppModel } from './app-model';
import { type RetryPolicy, toRetries } from './call-policy';
import type { Caller } from './caller';
import type { HttpService } from './fault-injection';
import { originOf } from './origin';

/** What happens to requests of one route at the gateway. */
export interface GatewayRouteOptions {
  /** Shows in Envoy's logs; routes of one name and outcome share an entry. @default - the service's name */
  readonly name?: string;
  /** The service's port. @default - its only HTTP port */
  readonly port?: number;
  readonly rewrite?: PathRewrite & { readonly authority?: string };
  readonly timeout?: Time;
  readonly retries?: RetryPolicy;
  readonly headers?: HeaderChanges;
  readonly cors?: Cors;
}

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
    service.needHttp(`a route of ${this.gateway.callerName}`);
    const port = this.httpPort(service, o.port);
    const effects = this.effectsOf(o, service.name);
    this.add(o.name ?? service.name, 'default', when, () => ({ kind: 'split', to: [{ ...service.linked(), port }] }), effects);
  }

  redirect(when: Condition, to: Omit<Extract<Action, { kind: 'redirect' }>, 'kind'>, name: string): void {
    if (Object.keys(to).filter((k) => k !== 'code').length === 0)
      throw new Error(
        `a redirect of ${this.gateway.callerName} says nothing new: give it uri, prefix, authority, scheme or port`,
      );
    this.add(name, 'platform', when, () => ({ kind: 'redirect', ...to }));
  }

  respond(when: Condition, status: number, body: string | undefined, name: string): void {
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new Error(`status ${status} of a response of ${this.gateway.callerName} is not one from 200 to 599`);
    this.add(name, 'platform', when, () => ({ kind: 'respond', status, ...(body === undefined ? {} : { body }) }));
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

  private effectsOf(o: GatewayRouteOptions, service: string): Effect[] {
    const what = `route to "${service}" of ${this.gateway.callerName}`;
    const timeout = o.timeout === undefined ? undefined : toMillis(o.timeout, `timeout of the ${what}`);
    const { authority, ...path } = o.rewrite ?? {};
    return [
      ...(timeout === undefined ? [] : [{ kind: 'timeout', ms: timeout } as const]),
      ...(o.retries ? [{ kind: 'retries', retries: toRetries(o.retries, timeout, what) } as const] : []),
      ...(o.headers ? [{ kind: 'headers', changes: o.headers } as const] : []),
      ...(o.cors ? [{ kind: 'cors', cors: o.cors } as const] : []),
      ...(o.rewrite
        ? [
            {
              kind: 'rewrite',
              ...(Object.keys(path).length > 0 ? { path: path as PathRewrite } : {}),
              ...(authority === undefined ? {} : { authority }),
            } as const,
          ]
        : []),
    ];
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
