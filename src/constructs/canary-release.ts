import { Construct } from 'constructs';
import type { Match } from '../routing/match';
import type { Destination } from '../routing/table';
import { type Condition, cookie } from '../values/condition';
import { dnsLabel, kebab } from '../values/names';
import { checkPercent, type Percent, weights } from '../values/percent';
import { type Caller, sameApp } from './caller';
import type { ServiceHost } from './service-host';

/** How far a release has come. */
export type ReleaseState = 'running' | 'promoted' | 'aborted';

/** Properties of a {@link CanaryRelease}. */
export interface CanaryReleaseProps<V extends string> {
  readonly service: ServiceHost<V, any>;
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
  /** These requests get the canary whatever the share. */
  readonly audience?: Condition;
  /** Keeps a client with the version that it met first, by a cookie that the client has to keep. */
  readonly sticky?: { readonly cookie: string /** Seconds. @default 3600 */; readonly maxAge?: number };
  /** Copies this share of the requests to the canary; its answers are thrown away. Beware of requests that write. */
  readonly mirrorFirst?: Percent;
  /** Only calls from here are part of the release; all others get the stable version. */
  readonly from?: Caller;
}

/**
 * A new version gets a share of the requests. Tier: release.
 *
 * Adds rules to the service's route table (VirtualService) and names both versions (subsets of the DestinationRule).
 * TCP ports are split as well, by connections; audience, stickiness and mirroring are for HTTP.
 */
export class CanaryRelease<const V extends string> extends Construct {
  constructor(scope: Construct, id: string, props: CanaryReleaseProps<V>) {
    super(scope, id);
    const { service, stable, canary, audience, sticky, from, state = 'running' } = props;
    service.checkVersion(stable);
    service.checkVersion(canary);
    if ((stable as string) === canary)
      throw new Error(`stable and canary of "${this.node.path}" are both "${canary}": a canary is another version`);
    const percent = shareOf(props, this.node.path);
    const name = dnsLabel(kebab(id), `name of the rule of "${this.node.path}"`);
    const source: Match = from ? { sourceLabels: from.labels, sourceNamespace: from.namespace } : {};
    if (from) sameApp(this, from, `the callers of "${this.node.path}"`);
    service.fallBackTo(stable, this);
    const http = service.ports.some((p) => p.isHttp);
    if (!http && (audience || sticky || props.mirrorFirst !== undefined))
      service.needHttp('an audience, stickiness or mirroring');
    if (state === 'aborted') {
      service.routes.note(this, `release "${name}" is aborted: all that it was about gets "${stable}"`);
      return;
    }
    const all = state === 'promoted' ? 100 : percent;

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
            when: inScope(cookie(sticky.cookie).is(version)),
            action: only(service.to(version)),
          });
        }
      }
    }
    const shares = this.split(service, stable, canary, all, state === 'running' ? sticky : undefined);
    if (http) service.routes.addRule(this, { name, tier: 'release', when: [source], action: { kind: 'split', to: shares } });
    for (const port of service.ports.filter((p) => !p.isHttp)) {
      const match = { ...(service.ports.length > 1 ? { port: port.number } : {}), ...source };
      service.routes.addL4Rule(this, {
        name: `${name}-${port.number}`,
        tier: 'release',
        match,
        to: shares.map(({ headers: _, ...d }) => ({ ...d, port: port.number })),
      });
    }
    if (props.mirrorFirst !== undefined && state === 'running') {
      const share = checkPercent(props.mirrorFirst, `mirrorFirst of "${this.node.path}"`);
      if (share === 0) throw new Error(`mirrorFirst of "${this.node.path}" is 0: leave it out instead`);
      const { subset } = service.to(canary);
      for (const port of service.ports.filter((p) => p.isHttp)) {
        service.routes.addOverlay(this, {
          name: `${name}-mirror`,
          tier: 'experiment',
          over: 'base',
          when: [{ ...source, ...(service.ports.length > 1 ? { port: port.number } : {}) }],
          effect: {
            kind: 'mirror',
            mirror: { host: service.host, port: port.number, ...(subset ? { subset } : {}), percent: share },
          },
        });
      }
    }
  }

  private split(
    service: ServiceHost<any, any>,
    stable: string,
    canary: string,
    percent: Percent,
    sticky: CanaryReleaseProps<string>['sticky'],
  ): Destination[] {
    const [rest, share] = weights([100 - percent, percent], `the shares of "${this.node.path}"`);
    const marked = (version: string, weight: number): Destination => ({
      ...service.to(version),
      weight,
      ...(sticky
        ? {
            headers: {
              response: { add: { 'set-cookie': `${sticky.cookie}=${version}; Path=/; Max-Age=${sticky.maxAge ?? 3600}` } },
            },
          }
        : {}),
    });
    return [marked(stable, rest!), marked(canary, share!)].filter((d) => d.weight! > 0);
  }
}

function shareOf(p: CanaryReleaseProps<any>, where: string): Percent {
  if (p.percent !== undefined && p.steps) throw new Error(`"${where}" has both percent and steps: use one of them`);
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
