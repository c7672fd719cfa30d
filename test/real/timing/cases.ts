import type { UpstreamBehaviour } from '../oracle/echo';
import type { OracleRequest } from '../oracle/types';
import type { Dice } from '../trace/dice';
import { add, newWorld, type RandomCase } from '../trace/world';

/** A service that takes no connections. */
export const DEAD = 'dead.default.svc.cluster.local';

const RETRY_ON = [
  undefined,
  '5xx',
  'gateway-error',
  'reset',
  'connect-failure',
  'retriable-4xx',
  '503',
  '409,418',
  'connect-failure,refused-stream,503',
  'reset-before-request',
  'gateway-error,409',
];
const LATE_MS = 1500;

/** A mesh with a rule for each request, and requests whose upstreams fail, are late or cannot be reached. */
export function timedCase(seed: number, count: number): RandomCase {
  const w = newWorld(seed);
  const { dice } = w;
  for (const name of ['app', 'copy', 'dead']) {
    add(w, 'Service', 'default', name, { selector: { app: name }, ports: [{ name: 'http', port: 80 }] });
    add(w, 'Deployment', 'default', name, {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'app' }] } },
    });
  }
  const rules: any[] = [];
  const requests = Array.from({ length: count }, (_, i): OracleRequest => {
    const path = `/${i}`;
    const { rule, upstream, host } = dice.pick([failing, failing, tooLate, lateAttempts, unreachable, delayed, copied])(dice);
    rules.push({ match: [{ uri: { exact: path } }], route: [{ destination: { host } }], ...rule });
    return { port: 80, host: 'app', path, headers: {}, upstream };
  });
  add(w, 'VirtualService', 'default', 'app', { hosts: ['app'], http: rules });
  return {
    id: `timed-${seed}`,
    objects: w.objects,
    meshConfig: {},
    client: { kind: 'sidecar', namespace: 'default', labels: { app: 'client' }, name: 'client' },
    requests,
  };
}

interface Timed {
  readonly host: string;
  readonly rule: Record<string, unknown>;
  readonly upstream: UpstreamBehaviour;
}

const app = (rule: Record<string, unknown>, upstream: UpstreamBehaviour): Timed => ({ host: 'app', rule, upstream });

/** A rule's retries; now and then none are said, and Istio's own hold. */
function retries(dice: Dice, more: Record<string, unknown> = {}): Record<string, unknown> {
  if (Object.keys(more).length === 0 && dice.chance(0.2)) return {};
  if (dice.chance(0.15)) return { retries: { attempts: 0 } };
  const retryOn = dice.pick(RETRY_ON);
  return { retries: { attempts: dice.int(1, 3), ...(retryOn ? { retryOn } : {}), ...more } };
}

const failing = (dice: Dice): Timed =>
  app(retries(dice), { failures: dice.int(0, 4), how: dice.pick([500, 502, 503, 504, 409, 418, 'reset', 'reset'] as const) });

const tooLate = (dice: Dice): Timed =>
  app(
    { timeout: dice.pick(['0.2s', '300ms', '0.4s']), retries: { attempts: 0 } },
    { failures: dice.int(0, 1), how: { lateMs: LATE_MS } },
  );

const lateAttempts = (dice: Dice): Timed =>
  app(retries(dice, { perTryTimeout: dice.pick(['150ms', '0.25s']) }), { failures: dice.int(0, 4), how: { lateMs: LATE_MS } });

const unreachable = (dice: Dice): Timed => ({ host: 'dead', rule: retries(dice), upstream: { failures: 0, how: 200 } });

const delayed = (dice: Dice): Timed =>
  app(
    {
      fault: { delay: { fixedDelay: dice.pick(['200ms', '0.4s']), percentage: { value: dice.pick([0, 100]) } } },
      ...dice.maybe(0.5, 'timeout', () => '0.15s'),
      ...dice.maybe(0.5, 'retries', () => ({ attempts: 0 })),
    },
    { failures: 0, how: 200 },
  );

const copied = (dice: Dice): Timed =>
  app({ mirror: { host: 'copy' }, mirrorPercentage: { value: dice.pick([0, 100]) } }, { failures: 0, how: 200 });
