import { type Message, TYPE } from './xds';

/** A line of Envoy's access log about a request. */
export interface LoggedRequest {
  readonly id: string;
  readonly route: string | null;
  readonly cluster: string | null;
  readonly flags: string | null;
  readonly details: string | null;
  /** How often an upstream was tried. */
  readonly attempts: number | null;
}

/** A line of Envoy's access log about a connection that has ended. */
export interface LoggedConnection {
  /** The client's address and port, as PROXY protocol said them. */
  readonly from: string;
  /** The listener that took it in the end. */
  readonly listener: string;
  /** The filter chain that took it; null: none did. */
  readonly chain: string | null;
  readonly cluster: string | null;
  readonly flags: string | null;
  /** Why Envoy ended it. */
  readonly details: string | null;
  /** Why TLS failed. */
  readonly failure: string | null;
}

/** What the access log says so far. */
export interface Logs {
  /** By the request's id. */
  readonly requests: ReadonlyMap<string, LoggedRequest>;
  /** By the client's port. */
  readonly connections: ReadonlyMap<number, LoggedConnection>;
}

/** Writes a line for each request. */
export const requestLog = (path: string): Message =>
  logTo(path, {
    id: '%REQ(X-ORACLE-ID)%',
    route: '%ROUTE_NAME%',
    cluster: '%UPSTREAM_CLUSTER_RAW%',
    flags: '%RESPONSE_FLAGS%',
    details: '%RESPONSE_CODE_DETAILS%',
    attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  });

/** Writes a line for each connection to a listener. */
export const connectionLog = (path: string, listener: string): Message =>
  logTo(path, {
    from: '%DOWNSTREAM_REMOTE_ADDRESS%',
    listener,
    chain: '%FILTER_CHAIN_NAME%',
    cluster: '%UPSTREAM_CLUSTER_RAW%',
    flags: '%RESPONSE_FLAGS%',
    details: '%CONNECTION_TERMINATION_DETAILS%',
    failure: '%DOWNSTREAM_TRANSPORT_FAILURE_REASON%',
  });

function logTo(path: string, format: Readonly<Record<string, string>>): Message {
  return {
    name: 'log',
    typed_config: {
      '@type': `${TYPE}envoy.extensions.access_loggers.file.v3.FileAccessLog`,
      path,
      log_format: { json_format: format },
    },
  };
}
