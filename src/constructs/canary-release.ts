import { Construct } from 'constructs';
import type { Rollout } from '../../imports/argoproj.io';
import type { Canary } from '../../imports/flagger.app';
import type { Match } from '../routing/match';
import type { Destination } from '../routing/table';
import type { Condition } from '../values/condition';
import { dnsLabel, kebab } from '../values/names';
import { checkPercent, type Percent, weights } from '../values/percent';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { type Caller, sameApp } from './caller';
import { type FlaggerCanaryProps, releaseByFlagger } from './flagger-release';
import { needsService } from './needs-service';
import type { Balanced } from './one-version';
import type { OfRequests } from './opaque-policy';
import { type RolloutsCanaryProps, releaseByRollouts } from './rollouts-release';
import type { ServiceHost } from './service-host';
import { checkSticky, marked, met, type Sticky } from './sticky';
import { tellsItsPath } from './told-at';

/** How far a release has come. */
export type ReleaseState = 'running' | 'promoted' | 'aborted';

/** What a release says about single requests; for services that take them. */
export interface CanaryRequests {
  /** These requests get the canary whatever the share. */
  readonly audience?: Condition;
  /** Keeps a client with the version that it met first, by a cookie that the client has to keep; while both get a share. */
  readonly sticky?: Sticky;
  /**
   * Copies this share of the requests to the canary while it gets none of them itself (`percent: 0`, a step of 0); its
   * answers are thrown away. Beware of requests that write.
   */
  readonly mirrorFirst?: Percent;
}

/** A release whose share is a number in the code: the next commit changes it. */
export type StaticCanaryProps<V extends string> = OfRequests<ServiceHost<V, any>, CanaryRequests> & StaticCanaryShares<V>;

/** Whom a release is about, and what share the canary gets. */
export interface StaticCanaryShares<V extends string> {
  /** Who moves the traffic: nobody but you. @default 'static' */
  readonly engine?: 'static';
  /** The service that is released; one of this app, made or adopted. */
  readonly service: ServiceHost<V, any> & Balanced;
  /** The version that everyone gets now. */
  readonly stable: NoInfer<V>;
  /** The version that is tried. */
  readonly canary: NoInfer<V>;
  /** Share of the canary. @default - the current one of `steps` */
  readonly percent?: Percent;
  /** Shares to go through, as data. */
  readonly steps?: readonly Percent[];
  /** Which of the steps holds, from 0. @default 0 */
  readonly step?: number;
  /** `promoted`: all go to the canary. `aborted`: all go to the stable version. @default 'running' */
  readonly state?: ReleaseState;
  /** Only calls from here are part of the release; all others get the stable version. */
  readonly from?: Caller;
}

/**
 * Properties of a {@link CanaryRelease}. Without an `engine` two versions stand side by side; Flagger and Argo Rollouts make the two
 * out of one version whenever its pods change.
 */
export type CanaryReleaseProps<V extends string> = StaticCanaryProps<V> | FlaggerCanaryProps<V> | RolloutsCanaryProps<V>;

type Given = StaticCanaryShares<string> & CanaryRequests;
const PROPERTIES: Properties<Given> = {
  engine: 'text?',
  service: 'service',
  stable: 'text',
  canary: 'text',
  percent: 'any?',
  steps: 'list?',
  step: 'number?',
  state: 'text?',
  audience: 'condition?',
  sticky: 'map?',
  mirrorFirst: 'number?',
  from: 'caller?',
};

/**
 * A new version gets a share of the requests. Tier: release.
 *
 * Adds rules to the service's route table (VirtualService) and names both versions (subsets of the DestinationRule).
 * TCP ports are split as well, by connections; audience, stickiness and mirroring are for HTTP.
 *
 * With an `engine` a controller moves the shares. `argo-rollouts`: a Rollout that refers to the version's Deployment, and routes
 * between the subsets `stable` and `canary`, which it changes. `flagger`: a Canary; Flagger makes Services, routes and policies of
 * the service itself, and what else is said about the host is a root VirtualService that delegates to its own.
 */
@tellsItsPath
export class CanaryRelease<const V extends string> extends Construct {
  /** What the controller is told: a Canary of Flagger, or a Rollout; for JSON patches. Without an `engine` there is none. */
  readonly resource: Canary | Rollout | undefined;

  constructor(scope: Construct, id: string, props: CanaryReleaseProps<V>) {
    super(scope, id);
    const engine = (props as { engine?: unknown } | undefined)?.engine ?? 'static';
    oneOf(engine as string, ['static', 'flagger', 'argo-rollouts'], `engine of "${this.node.path}"`);
    if (engine === 'flagger') this.resource = releaseByFlagger(this, props as FlaggerCanaryProps<any>);
    else if (engine === 'argo-rollouts') this.resource = releaseByRollouts(this, props as RolloutsCanaryProps<any>);
    else this.byShares(props as StaticCanaryProps<V>);
  }

  private byShares(props: StaticCanaryProps<V>): void {
    checkProperties<Given>(props, PROPERTIES, `"${this.node.path}"`);
    const { service, stable, canary, audience, from, state = 'running' } = props;
    oneOf(state, ['running', 'promoted', 'aborted'], `state of "${this.node.path}"`);
    needsService(service, `the service of "${this.node.path}"`);
    if (props.sticky) checkSticky(props.sticky, this.node.path);
    service.versions.check(stable);
    service.versions.check(canary);
    if ((stable as string) === canary)
      throw new Error(`stable and canary of "${this.node.path}" are both "${canary}": a canary is another version`);
    const percent = shareOf(props, this.node.path);
    const name = dnsLabel(kebab(this.node.id), `name of the rule of "${this.node.path}"`);
    const source: Match = from ? { sourceLabels: from.labels, sourceNamespace: from.namespace } : {};
    if (from) sameApp(this, from, `the callers of "${this.node.path}"`);
    service.versions.fallBackTo(stable, this);
    const http = service.ports.some((p) => p.isHttp);
    if (!http && (audience || props.sticky || props.mirrorFirst !== undefined))
      service.needHttp('an audience, stickiness or mirroring');
    if (state === 'aborted') {
      service.routes.note(this, `release "${name}" is aborted: all that it was about gets "${stable}"`);
      return;
    }
    const all = state === 'promoted' ? 100 : percent;
    // then everybody else gets the default, which is the stable version
    const audienceAlone =
      state === 'running' && audience && !from && (props.percent ?? props.steps ?? props.mirrorFirst) === undefined;
    // a client is kept while there are two versions to be kept with
    const sticky = state === 'running' && all > 0 && all < 100 ? props.sticky : undefined;
    const mirrored = mirrorOf(props, all, this.node.path);

    if (http && state === 'running') {
      const only = (to: Destination) => ({ kind: 'split' as const, to: [to] });
      const inScope = (c: Condition) => c.matches.map((m) => ({ ...m, ...source }));
      if (audience)
        service.routes.addRule(this, {
          name: `${name}-audience`,
          tier: 'release',
          order: -2,
          when: inScope(audience),
          action: only(service.to(canary)),
        });
      if (sticky) {
        for (const version of [canary, stable]) {
          service.routes.addRule(this, {
            name: `${name}-stays-${version}`,
            tier: 'release',
            order: -1,
            when: inScope(met(sticky, version)),
            action: only(service.to(version)),
          });
        }
      }
    }
    if (audienceAlone) return;
    const shares = this.split(service, stable, canary, all, sticky);
    if (http) {
      const ports = service.ports.filter((p) => p.isHttp).map((p) => p.number);
      const rule = { tier: 'release', action: { kind: 'split', to: shares } } as const;
      // a copy says its port, so with several there is a rule for each
      if (mirrored === undefined) service.routes.addRule(this, { ...rule, name, when: [source] });
      else
        for (const port of ports)
          service.routes.addRule(this, {
            ...rule,
            name: ports.length > 1 ? `${name}-${port}` : name,
            when: [{ ...source, ...(service.ports.length > 1 ? { port } : {}) }],
            effects: [{ kind: 'mirror', mirror: { ...service.to(canary), port, percent: mirrored } }],
          });
    }
    for (const port of service.ports.filter((p) => !p.isHttp)) {
      const match = { ...(service.ports.length > 1 ? { port: port.number } : {}), ...source };
      service.routes.addL4Rule(this, {
        name: `${name}-${port.number}`,
        tier: 'release',
        match,
        to: shares.map(({ headers: _, ...d }) => ({ ...d, port: port.number })),
      });
    }
  }

  private split(
    service: ServiceHost<any, any>,
    stable: string,
    canary: string,
    percent: Percent,
    sticky: StaticCanaryProps<string>['sticky'],
  ): Destination[] {
    const [rest, share] = weights([100 - percent, percent], `the shares of "${this.node.path}"`);
    const part = (version: string, weight: number): Destination => {
      const to = { ...service.to(version), weight };
      return sticky ? marked(to, sticky, version) : to;
    };
    return [part(stable, rest!), part(canary, share!)].filter((d) => d.weight! > 0);
  }
}

/** The share that is copied now. Throws where none ever would be. */
function mirrorOf({ mirrorFirst, percent, steps, state = 'running' }: StaticCanaryProps<any>, now: Percent, where: string) {
  if (mirrorFirst === undefined) return undefined;
  const share = checkPercent(mirrorFirst, `mirrorFirst of "${where}"`);
  if (share === 0) throw new Error(`mirrorFirst of "${where}" is 0: leave it out instead`);
  if ((percent ?? 0) > 0 || (steps && !steps.includes(0)))
    throw new Error(
      `mirrorFirst of "${where}" copies requests while the canary gets none of them, and it ${steps ? 'has no step of 0' : `gets ${percent} %`}: begin with 0, or use a TrafficMirror for copies beside a share`,
    );
  return state === 'running' && now === 0 ? share : undefined;
}

function shareOf(p: StaticCanaryProps<any>, where: string): Percent {
  if (p.percent !== undefined && p.steps) throw new Error(`"${where}" has both percent and steps: use one of them`);
  if (p.step !== undefined && !p.steps) throw new Error(`"${where}" has a step and no steps: which ones does it count?`);
  if (p.percent !== undefined) return checkPercent(p.percent, `percent of "${where}"`);
  if (!p.steps) {
    if (p.audience || p.mirrorFirst !== undefined) return 0;
    throw new Error(`"${where}" has neither percent nor steps, nor an audience: who should get the canary?`);
  }
  const step = p.step ?? 0;
  for (const [i, s] of p.steps.entries()) checkPercent(s, `steps[${i}] of "${where}"`);
  if (!Number.isInteger(step) || step < 0 || step >= p.steps.length)
    throw new Error(`step of "${where}" is ${step}: it has ${p.steps.length} steps, counted from 0`);
  return p.steps[step]!;
}
