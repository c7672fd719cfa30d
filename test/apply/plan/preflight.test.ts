import type { Plan } from '../../../src/apply/plan/plan';
import type { PlannedObject } from '../../../src/apply/plan/planned-object';
import { preflight } from '../../../src/apply/plan/preflight';
import { keyOf } from '../../../src/manifests/key-of';
import type { Manifest } from '../../../src/manifests/manifest';
import { host, manifest, routes, service, subsets } from '../../order/support';

const labels = { app: 'web', version: 'v1' };
const deployment = manifest('apps/v1', 'Deployment', 'web-v1', {
  selector: { matchLabels: labels },
  template: {
    metadata: { labels: { ...labels, 'sidecar.istio.io/inject': 'true' } },
    spec: { containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 80 }] }] },
  },
});
const LIVE = [manifest('v1', 'Namespace', 'shop', {}, ''), deployment, service('web')];
const strict = manifest('security.istio.io/v1', 'PeerAuthentication', 'default', { mtls: { mode: 'STRICT' } });
const plaintext = manifest('networking.istio.io/v1', 'DestinationRule', 'theirs', {
  host: host('web'),
  trafficPolicy: { tls: { mode: 'DISABLE' } },
});

/** What the checker says of some objects that come to a cluster, or go from it: `rule Kind/namespace/name`. */
function errors(before: readonly Manifest[], coming: readonly Manifest[], going: readonly Manifest[] = []): string[] {
  const planned = (action: PlannedObject['action']) => (m: Manifest) => ({ key: keyOf(m), action, manifest: m });
  const objects = [...coming.map(planned('create')), ...going.map(planned('delete'))];
  const found = preflight({ objects, before } as unknown as Plan);
  return found.filter((d) => d.severity === 'error').map((d) => `${d.rule} ${d.resource!.kind}/${d.resource!.name}`);
}

test('what is applied is looked at among all that is live', () => {
  expect(errors(LIVE, [routes('web', 'web/v2')])).toEqual(['subset-not-defined VirtualService/web']);
  expect(errors([...LIVE, subsets('web', 'v2')], [routes('web', 'web/v2')])).toEqual([]);
  const other = { ...routes('web', 'web'), name: 'other', created: 1 };
  expect(errors([...LIVE, other], [routes('web', 'web')])).toEqual([
    'mesh-host-conflict VirtualService/web',
    'mesh-host-conflict VirtualService/other',
  ]);
});

test('what was wrong with others’ objects before is theirs', () =>
  expect(errors([...LIVE, strict, plaintext, subsets('web', 'v1')], [routes('web', 'web/v1')])).toEqual([]));

test('it is theirs, too, where it is said in other words after the change', () => {
  const pods = (namespace: string, own: Record<string, string>) =>
    manifest(
      'apps/v1',
      'Deployment',
      'web',
      { ...deployment.object.spec, template: { ...deployment.object.spec.template, metadata: { labels: own } } },
      namespace,
    );
  const before = [LIVE[0]!, service('web'), pods('shop', { app: 'web' }), subsets('web', 'v1'), routes('web', 'web/v1')];
  // none has the subset's labels before; after it none of this host
  expect(errors(before, [pods('store', labels)])).toEqual([]);
  // one more is the change's
  expect(errors(before, [pods('store', labels)], [subsets('web', 'v1')])).toEqual(['subset-not-defined VirtualService/web']);
});

test('what the change makes wrong at others’ objects is told', () => {
  expect(errors([...LIVE, plaintext], [strict])).toEqual(['tls-mode-not-taken DestinationRule/theirs']);
  // of two others, the one that it breaks
  const old = { ...routes('api', 'api/v7'), name: 'old' };
  const theirs = routes('web', 'web/v1');
  expect(errors([...LIVE, service('api'), old, theirs, subsets('web', 'v1')], [], [subsets('web', 'v1')])).toEqual([
    'subset-not-defined VirtualService/web',
  ]);
});
