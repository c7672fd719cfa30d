import type { ExternalService, ServiceHost, ServicePods, Version } from '../constructs';
import { checkProperties, type Properties } from '../values/properties';

/** A workload or host: a construct, or its name as `mesh trace` takes it. */
export type Party =
  | ServiceHost<any, any>
  | Version
  | { readonly callerName: string; readonly namespace: string; readonly name: string }
  | string;

/** Where a request can end: also a host outside. */
export type Place = Party | ExternalService<any>;

/** What a request can be about: a host, pods that are called by name, or its name as the client says it. */
export type Host = ServiceHost<any, any> | ExternalService<any> | ServicePods | string;

/** One request of a test. */
export interface RequestOf {
  /** Who sends it. @default 'outside' */
  readonly from?: Party;
  /** The host. */
  readonly to: Host;
  /** With its query. @default '/' */
  readonly path?: string;
  /** @default 'GET' */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** @default - the service's only port, or 80 at a gateway */
  readonly port?: number;
  /** The client itself speaks TLS. @default false */
  readonly tls?: boolean;
  /** The name in its TLS hello. @default - the host */
  readonly sni?: string;
  /**
   * What the client says that it speaks: `['h2c']` for HTTP/2 in plain text (gRPC), `['h2']` in TLS, `[]` for bytes that are no
   * HTTP. @default ['http/1.1'], with `tls` nothing
   */
  readonly alpn?: readonly string[];
  /** The client's IP address, which policies may ask for. @default - its pod's, where that is known; 203.0.113.1 outside */
  readonly address?: string;
  /**
   * Whether matchers go by the answer all the same where it holds but for a doubt: something on the way is not understood, an age
   * decides that nobody says, or the host's name is likely misspelt. @default false: they fail, and say the doubt
   */
  readonly acceptDoubts?: boolean;
}

/** A request that goes on from service to service. */
export interface FlowOf extends RequestOf {
  /** Whom the service asks that got it, whom that one asks, and so on. */
  readonly next: readonly (Host | NextOf)[];
  /** Headers that every service passes on; one that ends with `*` is a beginning. @default - none */
  readonly propagate?: readonly string[];
}

/** What a service asks another. */
export interface NextOf {
  /** The host. */
  readonly to: Host;
  /** With its query. @default '/' */
  readonly path?: string;
  /** @default 'GET' */
  readonly method?: string;
  /** @default - the service's only port */
  readonly port?: number;
}

/** Whose routes are shown. */
export interface RoutesOf {
  /** The client. */
  readonly from: Party;
  /** The host. */
  readonly to: Host;
  /** @default - the service's only port, or 80 at a gateway */
  readonly port?: number;
}

/** How many requests are made. */
export interface RequestsOptions {
  /** At least so many for each client: those that stand for every way are always among them. @default 200 */
  readonly count?: number;
  /** The same seed makes the same requests. @default 1 */
  readonly seed?: number;
}

const REQUEST: Properties<RequestOf> = {
  from: 'any?',
  to: 'any',
  path: 'text?',
  method: 'text?',
  headers: 'map?',
  port: 'number?',
  tls: 'boolean?',
  sni: 'text?',
  alpn: 'list?',
  address: 'text?',
  acceptDoubts: 'boolean?',
};
const FLOW: Properties<FlowOf> = { ...REQUEST, next: 'list', propagate: 'list?' };
const NEXT: Properties<NextOf> = { to: 'any', path: 'text?', method: 'text?', port: 'number?' };
const ROUTES: Properties<RoutesOf> = { from: 'any', to: 'any', port: 'number?' };
const REQUESTS: Properties<RequestsOptions> = { count: 'number?', seed: 'number?' };

/** Throws where a property is misspelt, or holds something else. */
export function checkRequest(r: RequestOf): void {
  checkProperties(r, REQUEST, 'the request');
  checkValues(r, 'the request');
}

export function checkFlow(r: FlowOf): void {
  checkProperties(r, FLOW, 'the flow');
  checkValues(r, 'the flow');
  texts(r.propagate ?? [], 'property "propagate" of the flow');
}

export function checkNext(n: NextOf): void {
  checkProperties(n, NEXT, 'a hop of the flow');
  checkPort(n.port, 'a hop of the flow');
}

export function checkRoutes(r: RoutesOf): void {
  checkProperties(r, ROUTES, 'the question for routes');
  checkPort(r.port, 'the question for routes');
}

export function checkRequestsOptions(o: RequestsOptions): void {
  checkProperties(o, REQUESTS, 'the number of requests');
  if (o.count !== undefined && !(Number.isSafeInteger(o.count) && o.count >= 1))
    throw new Error(`property "count" is ${o.count}: it has to be a whole number, at least 1`);
  if (o.seed !== undefined && !Number.isSafeInteger(o.seed))
    throw new Error(`property "seed" is ${o.seed}: it has to be a whole number`);
}

function checkValues(r: RequestOf, where: string): void {
  checkPort(r.port, where);
  texts(r.alpn ?? [], `property "alpn" of ${where}`);
  for (const [name, v] of Object.entries(r.headers ?? {}))
    if (typeof v !== 'string' && !(Array.isArray(v) && v.length > 0 && v.every((line) => typeof line === 'string')))
      throw new Error(`header "${name}" of ${where} is ${JSON.stringify(v)}: it has to be text, or a list of texts`);
}

function checkPort(port: number | undefined, where: string): void {
  if (port !== undefined && !(Number.isSafeInteger(port) && port >= 1 && port <= 65535))
    throw new Error(`property "port" of ${where} is ${port}: it has to be a whole number from 1 to 65535`);
}

function texts(list: readonly unknown[], what: string): void {
  for (const x of list) if (typeof x !== 'string') throw new Error(`${what} has ${JSON.stringify(x)}: it is a list of texts`);
}
