import type { OracleClient } from '../oracle';
import { randomEntries } from './random-entries';
import { withGatewayAccess } from './random-gateway-access';
import { randomGateways } from './random-gateways';
import { randomInbound } from './random-inbound';
import { randomDestinationRules, randomPeers } from './random-policies';
import { randomRequests } from './random-requests';
import { randomRoutes } from './random-routes';
import { randomScopes } from './random-scopes';
import { randomServices } from './random-services';
import { CLIENTS, GATEWAY, newWorld, type RandomCase, ROOT, type World } from './world';

const REQUESTS = 10;

/** A mesh with ten questions: to a sidecar, to a gateway, or to a workload that is called. */
export function randomCase(seed: number): RandomCase {
  const w = newWorld(seed);
  const sort = w.dice.pick([
    'sidecar',
    'sidecar',
    'sidecar',
    'sidecar',
    'gateway',
    'gateway',
    'gateway',
    'policies',
    'inbound',
    'inbound',
  ] as const);
  const id = `t${seed}`;
  if (sort === 'inbound') return randomInbound(id, w, REQUESTS);
  randomServices(w);
  randomEntries(w);
  const gateway = sort === 'gateway';
  const client = clientOf(w, gateway);
  const gateways = gateway || w.dice.chance(0.2) ? randomGateways(w, w.dice.chance(0.6) ? 1 : w.dice.int(2, 3)) : [];
  randomDestinationRules(w, sort === 'policies' ? 0.75 : 0.12);
  randomRoutes(w, gateways, gateway);
  randomPeers(w, sort === 'policies' ? 0.5 : 0.15);
  if (!gateway) randomScopes(w, client.namespace);
  const config = meshConfig(w);
  const requests = randomRequests(w, client, REQUESTS);
  return {
    id,
    objects: w.objects,
    meshConfig: config,
    client,
    requests: gateway ? withGatewayAccess(w, client, requests) : requests,
  };
}

function clientOf({ dice, namespaces }: World, gateway: boolean): OracleClient {
  return gateway
    ? { kind: 'gateway', namespace: dice.pick([ROOT, ROOT, ...namespaces]), labels: GATEWAY, name: 'ingressgateway' }
    : {
        kind: 'sidecar',
        namespace: dice.chance(0.06) ? ROOT : dice.pick(namespaces),
        labels: dice.pick(CLIENTS),
        name: 'client',
      };
}

function meshConfig({ dice }: World): Record<string, unknown> {
  return {
    ...dice.maybe(0.15, 'outboundTrafficPolicy', () => ({ mode: 'REGISTRY_ONLY' })),
    ...dice.maybe(0.07, 'defaultHttpRetryPolicy', () => dice.pick([{ attempts: 4, retryOn: '5xx' }, { attempts: 0 }])),
    ...dice.maybe(0.05, 'defaultVirtualServiceExportTo', () => ['.']),
    ...dice.maybe(0.05, 'defaultDestinationRuleExportTo', () => ['.']),
    ...dice.maybe(0.03, 'defaultServiceExportTo', () => ['.']),
    ...dice.maybe(0.05, 'enableAutoMtls', () => false),
    ...dice.maybe(0.03, 'connectTimeout', () => '3s'),
  };
}
