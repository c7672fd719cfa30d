import { Construct } from 'constructs';
import { always, type Condition } from '../values/condition';
import { dnsLabel, kebab, quoted } from '../values/names';
import { checkPercent, type Percent, weights } from '../values/percent';
import { checkProperties, type Properties } from '../values/properties';
import { type Caller, sameApp } from './caller';
import { needsService } from './needs-service';
import type { Balanced } from './one-version';
import type { ServiceHost } from './service-host';
import { checkSticky, marked, met, type Sticky } from './sticky';
import { tellsItsPath } from './told-at';

/** Properties of an {@link Experiment}. */
export interface ExperimentProps<V extends string> {
  /** The service whose versions are compared; one of this app that speaks HTTP. */
  readonly service: ServiceHost<V, any> & Balanced & { readonly speaksHttp: true };
  /** The share of each version that takes part, in percent; together 100. At least two. */
  readonly arms: Readonly<Partial<Record<NoInfer<V>, Percent>>>;
  /** Who takes part; all others get what the service's release or default decides. @default - everyone */
  readonly audience?: Condition;
  /** Only calls from here take part. @default - all */
  readonly from?: Caller;
  /**
   * How a client is kept with the arm that it was drawn for, by a cookie that it has to keep. `false` draws every request
   * anew. @default - a cookie named as the experiment, for 30 days
   */
  readonly sticky?: Sticky | false;
  /** Date after which it is no longer meant, such as `2026-12-01`. Data for checks; nothing ends by itself. */
  readonly until?: string;
}

const PROPERTIES: Properties<ExperimentProps<string>> = {
  service: 'service',
  arms: 'map',
  audience: 'condition?',
  from: 'caller?',
  sticky: 'any?',
  until: 'text?',
};

/** 30 days. */
const MONTH = '720h';

/**
 * An A/B test: an audience is shared among versions, each client stays with its arm. Tier: experiment, which goes before a
 * release, so that a canary goes on for everybody else.
 *
 * Compiles to routes of the service's VirtualService, for each arm one that keeps its clients (a regex on `cookie`) and one
 * that draws, whose answers set the cookie; the arms are subsets of the DestinationRule. Throws when the shares are not 100
 * together, an arm is no version, or there are fewer than two.
 */
@tellsItsPath
export class Experiment<const V extends string> extends Construct {
  constructor(scope: Construct, id: string, props: ExperimentProps<V>) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<ExperimentProps<string>>(props, PROPERTIES, where);
    const { service, from, audience = always } = props;
    needsService(service, `the service of ${where}`);
    service.needHttp(`experiment ${where}`);
    if (from) sameApp(this, from, `the callers of ${where}`);
    const name = dnsLabel(kebab(id), `name of ${where}`);
    const arms = this.armsOf(props.arms, service);
    const sticky = props.sticky === false ? undefined : (props.sticky ?? { cookie: name });
    if (sticky) checkSticky(sticky, this.node.path);
    const source = from ? { sourceLabels: from.labels, sourceNamespace: from.namespace } : {};
    const scoped = (c: Condition) => c.matches.map((m) => ({ ...m, ...source }));
    if (sticky)
      for (const [version] of arms)
        service.routes.addRule(this, {
          name: `${name}-stays-${version}`,
          tier: 'experiment',
          order: -1,
          when: scoped(audience.and(met(sticky, version))),
          action: { kind: 'split', to: [service.to(version)] },
        });
    const to = arms.map(([version, weight]) => {
      const destination = { ...service.to(version), weight };
      return sticky ? marked(destination, sticky, version, MONTH) : destination;
    });
    service.routes.addRule(this, { name, tier: 'experiment', when: scoped(audience), action: { kind: 'split', to } });
    service.routes.expire(name, props.until);
  }

  /** The versions that take part, with whole weights. */
  private armsOf(arms: Readonly<Record<string, Percent | undefined>>, service: ServiceHost<any, any>): [string, number][] {
    const where = `arms of "${this.node.path}"`;
    const shares = Object.entries(arms).map(([version, share]) => {
      service.versions.check(version);
      const percent = checkPercent(share!, `the share of "${version}" in ${where}`);
      if (percent === 0) throw new Error(`the share of "${version}" in ${where} is 0: leave the version out instead`);
      return [version, percent] as const;
    });
    if (shares.length < 2) throw new Error(`${where} are ${quoted(Object.keys(arms))}: a comparison needs two versions`);
    const whole = weights(
      shares.map(([, percent]) => percent),
      where,
    );
    return shares.map(([version], i) => [version, whole[i]!]);
  }
}
