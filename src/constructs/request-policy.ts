import { type Time, toMillis } from '../values/duration';
import { type CallPolicy, toRetries } from './call-policy';
import type { NewOverlay } from './host-routes';
import type { ServiceHost } from './service-host';

/**
 * Timeout and retries of a policy, as overlays of the service's table in the tier `service`.
 * @param inherited the service's own timeout, within which retries have to fit where the policy has none
 */
export function addRequestPolicy(
  service: ServiceHost<any, any>,
  policy: CallPolicy | undefined,
  entry: Pick<NewOverlay, 'when' | 'name' | 'order'>,
  inherited?: Time,
): void {
  if (!policy || (policy.timeout === undefined && policy.retries === undefined)) return;
  service.needHttp('a timeout or retries');
  const what = `service "${service.name}"`;
  const millis = (t: Time | undefined) => (t === undefined ? undefined : toMillis(t, `timeout of ${what}`));
  const ms = millis(policy.timeout);
  const overlay = { tier: 'service', over: 'everything', ...entry } as const;
  if (ms !== undefined) service.routes.addOverlay(service, { ...overlay, effect: { kind: 'timeout', ms } });
  if (policy.retries)
    service.routes.addOverlay(service, {
      ...overlay,
      effect: { kind: 'retries', retries: toRetries(policy.retries, ms ?? millis(inherited), what) },
    });
}
