// For the random apps: releases with two versions side by side, and users by their tokens.
import type { Chart } from 'cdk8s';
import {
  BlueGreenRelease,
  type Condition,
  claim,
  Experiment,
  ExternalAuthorization,
  type IngressGateway,
  JwtPolicy,
  MeshService,
  Port,
} from '../../src';
import { bearer } from './example-tokens';
import type { ConstructName } from './random-app';
import { jwks } from './trace/tokens';

/** What chooses, with a seed. */
export interface Chance {
  pick<T>(list: readonly T[]): T;
  maybe(p: number): boolean;
  use(name: ConstructName, p: number): boolean;
  condition(): Condition;
}

type Service = MeshService<any, any>;

/** A service of two versions, one of which is active. */
export function blueGreen(chart: Chart, { pick, maybe, use, condition }: Chance): Service | undefined {
  if (!use('BlueGreenRelease', 0.65)) return undefined;
  const cart = new MeshService(chart, 'Cart', {
    port: pick([Port.http(9080), Port.grpc(9080)]),
    versions: { v1: { image: 'cart:1' }, v2: { image: 'cart:2' } },
    calls: [],
  });
  new BlueGreenRelease(chart, 'CartRelease', {
    service: cart,
    blue: 'v1',
    green: 'v2',
    active: pick(['blue', 'green']),
    ...(maybe(0.5) ? { preview: condition() } : {}),
  });
  return cart as Service;
}

/** An experiment with two or three versions of a service, beside whatever else is released there. */
export function experiment(chart: Chart, service: Service, { pick, maybe, use, condition }: Chance): void {
  if (!use('Experiment', 0.65)) return;
  new Experiment(chart, 'Trial', {
    service: service as never,
    arms: pick([
      { v1: 50, v3: 50 },
      { v1: 20, v2: 50, v3: 30 },
    ]) as never,
    audience: condition(),
    ...(maybe(0.5) ? { sticky: false } : {}),
    until: '2027-01-01',
  });
}

const ISSUER = { issuer: 'https://login.example.com', jwks, audiences: ['shop'] };

/** Tokens at a service, or at the gateway, where they choose routes. */
export function users(chart: Chart, services: readonly Service[], gateway: IngressGateway | undefined, c: Chance): boolean {
  const { pick, maybe, use } = c;
  if (!use('JwtPolicy', 0.65)) return false;
  if (!gateway || maybe(0.4)) {
    const target = pick(services) as never;
    new JwtPolicy(chart, 'ServiceUsers', {
      target,
      issuers: [{ ...ISSUER, claimsToHeaders: { 'x-user': 'sub' } }],
      ...(maybe(0.5) ? { exceptPaths: ['/healthz', '/static/*'], exceptMethods: ['OPTIONS'] } : { missing: 'accepted' }),
    });
  }
  if (!gateway) return false;
  // a request without a token goes on, so that the table alone says where to
  new JwtPolicy(chart, 'Users', { target: gateway, issuers: [{ ...ISSUER, forward: maybe(0.5) }], missing: 'accepted' });
  gateway.route(claim('groups').is('beta'), pick(services) as never, { name: 'beta', port: undefined, order: -1 } as never);
  return true;
}

/** A provider outside decides about a service. */
export function decidedOutside(chart: Chart, services: readonly Service[], { pick, use }: Chance): void {
  if (use('ExternalAuthorization', 0.8))
    new ExternalAuthorization(chart, 'Ask', { target: pick(services) as never, provider: 'opa', exceptPaths: ['/healthz'] });
}

/** What istiod is told of where an app has a Mesh. */
export const PROVIDERS = [{ name: 'opa', envoyExtAuthzGrpc: { service: 'opa.policies.svc.cluster.local', port: 9191 } }];

const GROUPS = '@request.auth.claims.groups';
/** A claim as the table sees it, among headers. */
export const inGroup = (group: string): Record<string, string[]> => ({ [GROUPS]: [group] });

/** What a client sends: a token with the claims that are among the headers. */
export function withToken({ [GROUPS]: groups, ...headers }: Readonly<Record<string, readonly string[]>>) {
  return groups ? { ...headers, authorization: [bearer({ groups })] } : headers;
}
