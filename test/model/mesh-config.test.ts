import { meshConfig } from '../../src/model/mesh-config';

// what istioctl and Helm write by themselves
test('how a proxy is run moves no request', () => {
  const defaultConfig = {
    discoveryAddress: 'istiod.istio-system.svc:15012',
    holdApplicationUntilProxyStarts: true,
    tracing: {},
    interceptionMode: 'REDIRECT',
  };
  expect(meshConfig({ defaultConfig, enablePrometheusMerge: true, rootNamespace: 'istio-system' }).notUnderstood).toEqual([]);
});

test.each([
  [{ localityLbSetting: {} }, ['localityLbSetting']],
  [{ defaultConfig: { gatewayTopology: { numTrustedProxies: 1 } } }, ['defaultConfig.gatewayTopology']],
  [{ defaultConfig: { interceptionMode: 'NONE' } }, ['defaultConfig.interceptionMode']],
  [
    { defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } } },
    ['defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE'],
  ],
  [{ defaultConfig: 5 }, ['defaultConfig']],
])('what may move one is named: %j', (given, fields) => expect(meshConfig(given).notUnderstood).toEqual(fields));
