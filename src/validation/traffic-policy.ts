import { clientTls } from './client-tls';
import { connectionPool } from './connection-pool';
import { duration } from './durations';
import type { Field } from './field';
import { isIp } from './ip';
import { loadBalancer } from './load-balancer';
import { portNumber, wrongName } from './names';

const LEVEL = ['outlierDetection', 'connectionPool', 'loadBalancer', 'tls'];
const ALL = [...LEVEL, 'portLevelSettings', 'tunnel', 'proxyProtocol', 'retryBudget'];

/**
 * Source: validation.go, validateTrafficPolicy. Warnings of port-level settings are lost there, as are those of subsets.
 */
export function trafficPolicy(policy: Field, namespace: string): void {
  if (policy.value === undefined) return;
  if (!ALL.some((k) => policy.at(k).given)) {
    policy.error(`says nothing: it needs one of ${ALL.join(', ')}`);
    return;
  }
  if (policy.at('tunnel').given && policy.at('proxyProtocol').given) {
    policy.at('proxyProtocol').error('stands beside "tunnel": take one of the two out');
    return;
  }
  settings(policy, namespace);
  for (const level of policy.at('portLevelSettings').withoutWarnings().items()) {
    if (level.at('port').value === undefined) level.at('port').error('is missing: say which port, as {number: …}');
    if (LEVEL.some((k) => level.at(k).given)) settings(level, namespace);
    else level.error(`says nothing: it needs one of ${LEVEL.join(', ')}`);
  }
  tunnel(policy.at('tunnel'));
}

function settings(policy: Field, namespace: string): void {
  const outlier = policy.at('outlierDetection');
  outlierDetection(outlier);
  connectionPool(policy.at('connectionPool'));
  loadBalancer(policy.at('loadBalancer'), outlier.given);
  clientTls(policy.at('tls'), namespace);
}

/** Source: validation.go, validateOutlierDetection. */
function outlierDetection(outlier: Field): void {
  if (outlier.value === undefined) return;
  duration(outlier.at('baseEjectionTime'));
  if (outlier.at('consecutiveErrors').number !== 0)
    outlier.at('consecutiveErrors').warning('is deprecated: say consecutiveGatewayErrors or consecutive5xxErrors');
  const local = outlier.at('consecutiveLocalOriginFailures');
  if (outlier.get('splitExternalLocalOriginErrors') !== true && local.number > 0)
    local.error('counts for nothing without "splitExternalLocalOriginErrors: true": add that');
  duration(outlier.at('interval'));
  for (const k of ['maxEjectionPercent', 'minHealthPercent']) {
    const percent = outlier.at(k);
    if (percent.number < 0 || percent.number > 100) percent.error(`${percent.number} is not 0 to 100 percent`);
  }
}

/** Source: validation.go, validateTunnelSettings. */
function tunnel(field: Field): void {
  if (field.value === undefined) return;
  const [protocol, host] = [field.at('protocol'), field.at('targetHost')];
  if (!['', 'CONNECT', 'POST'].includes(protocol.text)) protocol.error(`"${protocol.text}" is neither "CONNECT" nor "POST"`);
  const wrong = wrongName(host.text);
  if (wrong !== undefined && !isIp(host.text)) host.error(wrong);
  portNumber(field.at('targetPort'));
}
