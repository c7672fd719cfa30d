import type { ExternalService, ServiceHost, Version } from '../constructs';
import type { Properties } from '../values/properties';

/** A workload or host: a construct, or its name as `mesh trace` takes it. */
export type Party =
  | ServiceHost<any, any>
  | Version
  | { readonly callerName: string; readonly namespace: string; readonly name: string }
  | string;

/** Where a request can end: also a host outside. */
export type Place = Party | ExternalService<any>;

/** What a request can be about: a host, or its name as the client says it. */
export type Host = ServiceHost<any, any> | ExternalService<any> | string;

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

/** What each holds, for {@link checkProperties}. */
export const REQUEST: Properties<RequestOf> = {
  from: 'any?',
  to: 'any',
  path: 'text?',
  method: 'text?',
  headers: 'map?',
  port: 'number?',
  tls: 'boolean?',
};

export const FLOW: Properties<FlowOf> = { ...REQUEST, next: 'list', propagate: 'list?' };
export const NEXT: Properties<NextOf> = { to: 'any', path: 'text?', method: 'text?', port: 'number?' };
