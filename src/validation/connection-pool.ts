import { duration, millisOf, requiredDuration } from './durations';
import type { Field } from './field';

const COUNTS = ['http1MaxPendingRequests', 'http2MaxRequests', 'maxRequestsPerConnection', 'maxRetries', 'maxConcurrentStreams'];

/** Source: validation.go, validateConnectionPool. */
export function connectionPool(pool: Field): void {
  if (pool.value === undefined) return;
  const [http, tcp] = [pool.at('http'), pool.at('tcp')];
  if (http.value === undefined && tcp.value === undefined) pool.error('says nothing: it needs tcp or http');
  if (http.value !== undefined) httpPool(http);
  if (tcp.value !== undefined) tcpPool(tcp);
}

function httpPool(http: Field): void {
  for (const k of COUNTS) notNegative(http.at(k));
  duration(http.at('idleTimeout'));
  if (http.get('h2UpgradePolicy') === 'UPGRADE' && http.get('useClientProtocol') === true)
    http.at('useClientProtocol').error('stands beside "h2UpgradePolicy: UPGRADE": either the client decides or the policy');
  const alive = http.at('http2KeepAlive');
  if (alive.value === undefined) return;
  requiredDuration(alive.at('interval'));
  requiredDuration(alive.at('timeout'));
}

function tcpPool(tcp: Field): void {
  notNegative(tcp.at('maxConnections'));
  duration(tcp.at('connectTimeout'));
  duration(tcp.at('maxConnectionDuration'));
  // less than a millisecond is none
  const idle = tcp.at('idleTimeout');
  if (Math.trunc(millisOf(idle) ?? 1) !== 0) duration(idle);
  duration(tcp.at('tcpKeepalive').at('time'));
  duration(tcp.at('tcpKeepalive').at('interval'));
}

function notNegative(field: Field): void {
  if (field.number < 0) field.error(`${field.number} is below 0`);
}
