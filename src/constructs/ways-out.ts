import type { HttpRoute } from '../routing/compile';
import type { L4Rule } from '../routing/l4';
import type { Action, Destination } from '../routing/table';
import type { AppModel } from './app-model';

/** How a host outside is reached that is behind an egress gateway. */
export interface WayOut {
  /** The gateway's Service, as `namespace/host`, for Sidecar scopes. */
  readonly egressHost: string;
  /** Where proxies of the mesh send what is for the host; the gateway knows by the subset's TLS hello, or the Host header. */
  readonly to: Pick<Destination, 'host' | 'subset' | 'port'>;
}

const next = (model: AppModel, d: Destination): Destination => ({ ...d, ...model.waysOut.get(d.host)?.to });

const led = (model: AppModel, action: Action): Action =>
  action.kind === 'split' ? { ...action, to: action.to.map((d) => next(model, d)) } : action;

/**
 * Routes as proxies of the mesh have them: what a table sends to a host behind an egress gateway goes to that gateway. The
 * table itself knows nothing of it, so that releases, faults and migrations are the same with a gateway and without.
 */
export const throughEgress = (model: AppModel, routes: readonly HttpRoute[]): readonly HttpRoute[] =>
  model.waysOut.size === 0 ? routes : routes.map((r) => ({ ...r, action: led(model, r.action) }));

/** The same of rules about connections. */
export const connectionsThroughEgress = (model: AppModel, rules: readonly L4Rule[]): readonly L4Rule[] =>
  model.waysOut.size === 0 ? rules : rules.map((r) => ({ ...r, to: r.to.map((d) => next(model, d)) }));
