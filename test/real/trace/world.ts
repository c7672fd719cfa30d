import type { OracleClient, OracleRequest } from '../oracle';
import { Dice } from './dice';

/** Istio's root namespace, as MeshConfig has it by default. */
export const ROOT = 'istio-system';

/** A host that requests may go to. */
export interface RandomService {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly versions: readonly string[];
  readonly ports: readonly { readonly port: number; readonly name: string; readonly kind: 'http' | 'tls' | 'tcp' }[];
  readonly addresses: readonly string[];
  readonly kind: 'service' | 'headless' | 'externalName' | 'entry';
}

/** What the parts of a random mesh share while it is made. */
export interface World {
  readonly dice: Dice;
  readonly namespaces: readonly string[];
  readonly objects: any[];
  readonly services: RandomService[];
  /** What requests should be near to. */
  readonly hints: { readonly paths: string[]; readonly matches: any[]; readonly hosts: string[]; readonly snis: string[] };
}

/** A mesh and questions to one proxy in it; objects still apart, so that they can be dropped one by one. */
export interface RandomCase {
  readonly id: string;
  readonly objects: readonly any[];
  readonly meshConfig: Readonly<Record<string, unknown>>;
  readonly client: OracleClient;
  readonly requests: readonly OracleRequest[];
}

export function newWorld(seed: number): World {
  const dice = new Dice(seed);
  return {
    dice,
    namespaces: dice.some(['default', 'shop', 'team-b'], dice.int(1, 3)),
    objects: [],
    services: [],
    hints: { paths: [], matches: [], hosts: [], snis: [] },
  };
}

const API: Record<string, string> = {
  Service: 'v1',
  Pod: 'v1',
  Namespace: 'v1',
  Deployment: 'apps/v1',
  AuthorizationPolicy: 'security.istio.io/v1',
  PeerAuthentication: 'security.istio.io/v1',
  RequestAuthentication: 'security.istio.io/v1',
};

/** Metadata besides name and namespace. `age` in seconds after the first of January. */
export interface More {
  readonly age?: number;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** Adds an object to the mesh. */
export function add(w: World, kind: string, namespace: string, name: string, spec: any, more: More = {}): void {
  const { age, labels, annotations } = more;
  w.objects.push({
    apiVersion: API[kind] ?? 'networking.istio.io/v1',
    kind,
    metadata: {
      name,
      namespace,
      ...(age === undefined
        ? {}
        : { creationTimestamp: `${new Date(Date.UTC(2026, 0, 1, 0, 0, age)).toISOString().slice(0, 19)}Z` }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec,
  });
}

/** An age, so that some objects are equally old. Those without one are as old as the oldest. */
export const age = (w: World): More => (w.dice.chance(0.2) ? {} : { age: w.dice.int(1, 12) });

/** Where an object is visible. */
export function exportTo(w: World, p: number): Record<string, unknown> {
  const { dice } = w;
  return dice.maybe(p, 'exportTo', () =>
    dice.pick([['.'], ['*'], [dice.pick(w.namespaces)], ['.', dice.pick(['team-b', 'shop'])], ['~']]),
  );
}

/** Labels of clients. */
export const CLIENTS: readonly Record<string, string>[] = [
  { app: 'client' },
  { app: 'client', tier: 'web' },
  { app: 'other' },
  { tier: 'web' },
];

/** What the gateway's pods are labelled with. */
export const GATEWAY = { istio: 'ingressgateway' };
