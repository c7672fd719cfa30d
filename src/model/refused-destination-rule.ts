import { domain, exportTo, label, no, selector, time } from './refusal';

/** Source: pkg/config/validation/validation.go, ValidateDestinationRule. */
export function destinationRule(spec: any, namespace: string): void {
  if (!spec.host) no('it has no host');
  domain(spec.host, 'host', true);
  trafficPolicy(spec.trafficPolicy);
  const names = new Set<string>();
  for (const subset of spec.subsets ?? []) {
    if (!subset) no('a subset is null');
    label(subset.name ?? '', 'name of a subset');
    if (names.has(subset.name)) no(`subset ${subset.name} is there twice`);
    names.add(subset.name);
    trafficPolicy(subset.trafficPolicy);
  }
  const selecting = spec.workloadSelector !== undefined && spec.workloadSelector !== null;
  exportTo(spec.exportTo, namespace, selecting ? 'selecting' : 'other');
  selector(spec.workloadSelector?.matchLabels);
}

const FIELDS = ['outlierDetection', 'connectionPool', 'loadBalancer', 'tls'];

function trafficPolicy(policy: any): void {
  if (policy === undefined || policy === null) return;
  const fields = [...FIELDS, 'portLevelSettings', 'tunnel', 'proxyProtocol', 'retryBudget'];
  if (!fields.some((f) => policy[f] !== undefined && policy[f] !== null)) no('a trafficPolicy says nothing');
  if (policy.tunnel && policy.proxyProtocol) no('a trafficPolicy has tunnel and proxyProtocol');
  settings(policy);
  for (const setting of policy.portLevelSettings ?? []) {
    if (!setting?.port) no('portLevelSettings has no port');
    if (!FIELDS.some((f) => setting[f] !== undefined && setting[f] !== null)) no('portLevelSettings says nothing');
    settings(setting);
  }
}

function settings({ outlierDetection: outlier, connectionPool: pool, loadBalancer, tls }: any): void {
  if (outlier) {
    time(outlier.baseEjectionTime, 'baseEjectionTime');
    time(outlier.interval, 'interval');
    if (!outlier.splitExternalLocalOriginErrors && outlier.consecutiveLocalOriginFailures > 0)
      no('consecutiveLocalOriginFailures stands without splitExternalLocalOriginErrors');
    for (const field of ['maxEjectionPercent', 'minHealthPercent'])
      if (outlier[field] < 0 || outlier[field] > 100) no(`${field} is not 0 to 100`);
  }
  if (pool) connectionPool(pool);
  if (loadBalancer?.consistentHash) consistentHash(loadBalancer.consistentHash);
  if (tls?.mode === 'MUTUAL' && !tls.credentialName && !(tls.clientCertificate && tls.privateKey))
    no('tls MUTUAL has no clientCertificate or no privateKey');
}

function connectionPool({ tcp, http }: any): void {
  if (!tcp && !http) no('a connectionPool has neither tcp nor http');
  for (const field of [
    'http1MaxPendingRequests',
    'http2MaxRequests',
    'maxRequestsPerConnection',
    'maxRetries',
    'maxConcurrentStreams',
  ])
    if (http?.[field] < 0) no(`${field} is below 0`);
  time(http?.idleTimeout, 'idleTimeout');
  if (http?.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol)
    no('h2UpgradePolicy UPGRADE stands beside useClientProtocol');
  if (tcp?.maxConnections < 0) no('maxConnections is below 0');
  time(tcp?.connectTimeout, 'connectTimeout');
}

function consistentHash(hash: any): void {
  if (hash.httpCookie && !hash.httpCookie.name) no('a httpCookie has no name');
  if (hash.minimumRingSize && (hash.ringHash || hash.maglev)) no('consistentHash has minimumRingSize and another way to hash');
}
