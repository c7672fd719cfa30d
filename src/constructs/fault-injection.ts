import { Construct } from 'constructs';
import type { Effect } from '../routing/effects';
import { always, type Condition } from '../values/condition';
import { type Time, toMillis } from '../values/duration';
import { GRPC_STATUSES } from '../values/grpc-status';
import { dnsLabel, kebab } from '../values/names';
import { checkPercent, type Percent } from '../values/percent';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { type Caller, sameApp } from './caller';
import { needsService } from './needs-service';
import type { ServiceHost } from './service-host';
import { tellsItsPath } from './told-at';

/** Whom a fault or mirror is for: an audience (all of it, unless a share is given), or a share of everyone. */
export type Audience =
  | { readonly when: Condition; readonly percent?: Percent }
  | { readonly when?: undefined; readonly percent: Percent };

/** A service that speaks HTTP in some form; a TCP service does not compile here. */
export type HttpService = ServiceHost<any, any> & { readonly speaksHttp: true };

/** Properties of a {@link FaultInjection}. */
export type FaultInjectionProps = Audience & {
  readonly service: HttpService;
  /** An answer without a call: an HTTP status, or a gRPC one by name (`UNAVAILABLE`; gRPC clients see it with HTTP 200). */
  readonly abort?: { readonly status: number } | { readonly grpcStatus: string };
  /** A pause before the call. */
  readonly delay?: Time;
  /** Only calls from here. */
  readonly from?: Caller;
  /** `base`: requests that a release or the default decides. `everything`: development environments and audiences too. @default 'base' */
  readonly over?: 'base' | 'everything';
  /** Date after which it is no longer meant, such as `2026-12-01`. Data for checks; nothing ends by itself. */
  readonly until?: string;
};

const PROPERTIES: Properties<FaultInjectionProps> = {
  service: 'service',
  abort: 'map?',
  delay: 'any?',
  from: 'caller?',
  over: 'text?',
  until: 'text?',
  when: 'condition?',
  percent: 'number?',
};

const FAILURES = GRPC_STATUSES.filter((s) => s !== 'OK');

/**
 * Makes calls to a service fail or take longer, for some requests. Tier of overlays: experiment.
 *
 * Compiles to `fault` on the routes that it meets. It happens in the caller's proxy: an abort never reaches the
 * service, and is not retried by the same route; the rest of the requests keep their timeout and retries.
 */
@tellsItsPath
export class FaultInjection extends Construct {
  constructor(scope: Construct, id: string, props: FaultInjectionProps) {
    super(scope, id);
    checkProperties(props, PROPERTIES, `"${this.node.path}"`);
    const { service, when = always, from, over = 'base', abort, delay } = props;
    const where = `"${this.node.path}"`;
    needsService(service, `the service of ${where}`);
    service.needHttp('a fault');
    oneOf(over, ['base', 'everything'], `over of ${where}`);
    if (!abort && delay === undefined) throw new Error(`${where} has neither abort nor delay: what should happen?`);
    if (props.when === undefined && props.percent === undefined)
      throw new Error(`${where} is for everyone and has no percent: say how many`);
    if (from) sameApp(this, from, `the callers of ${where}`);
    const percent = checkPercent(props.percent ?? 100, `percent of ${where}`);
    if (percent === 0) throw new Error(`percent of ${where} is 0: it would never happen; remove it instead`);
    const effects: Effect[] = [];
    if (delay !== undefined) effects.push({ kind: 'delay', percent, ms: toMillis(delay, `delay of ${where}`) });
    if (abort) checkAbort(abort, where);
    if (abort) effects.push({ kind: 'abort', percent, status: statusOf(abort, where) });
    const name = dnsLabel(kebab(id), `name of ${where}`);
    const matches = when.matches.map((m) => ({
      ...m,
      ...(from ? { sourceLabels: from.labels, sourceNamespace: from.namespace } : {}),
    }));
    for (const effect of effects) service.routes.addOverlay(this, { name, tier: 'experiment', over, when: matches, effect });
    service.routes.expire(name, props.until);
  }
}

function checkAbort(abort: NonNullable<FaultInjectionProps['abort']>, where: string): void {
  const either: Properties<{ status?: number; grpcStatus?: string }> = { status: 'number?', grpcStatus: 'text?' };
  checkProperties<{ status?: number; grpcStatus?: string }>(abort, either, `abort of ${where}`);
  if ('status' in abort && 'grpcStatus' in abort)
    throw new Error(`abort of ${where} has both status and grpcStatus: a call is answered once, so use one of them`);
}

function statusOf(abort: NonNullable<FaultInjectionProps['abort']>, where: string): { http: number } | { grpc: string } {
  if ('grpcStatus' in abort) {
    if (!FAILURES.includes(abort.grpcStatus))
      throw new Error(`grpcStatus of ${where} is "${abort.grpcStatus}": gRPC knows ${FAILURES.join(', ')}`);
    return { grpc: abort.grpcStatus };
  }
  if (!Number.isInteger(abort.status) || abort.status < 200 || abort.status > 599)
    throw new Error(`abort status of ${where} is ${abort.status}: Istio takes 200 to 599`);
  return { http: abort.status };
}
