import { unproxied } from '../../../src/apply/plan/unproxied';
import { type Manifest, manifestOf } from '../../../src/manifests/manifest';
import { dep, svc } from '../../order/objects';
import { manifest } from '../../order/support';

const space = (labels: Readonly<Record<string, string>>): Manifest => {
  const { object, place } = manifest('v1', 'Namespace', 'a', {}, '');
  return manifestOf({ ...object, metadata: { name: 'a', labels } }, place);
};
const [silent, asking] = [space({}), space({ 'istio-injection': 'enabled' })];
const anew = (m: Manifest): Manifest => {
  const object = structuredClone(m.object);
  object.spec.template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': 'now' };
  return manifestOf(object, m.place);
};
const [web, api] = [dep('web-v1'), dep('api-v1', { kind: 'StatefulSet' })];

test('pods that stay when their namespace comes to ask for proxies are named, with what makes them anew', () => {
  expect(unproxied([silent, web, api, svc('web')], [asking, web, api, svc('web')])).toEqual([
    'Namespace/a comes to ask for proxies, which pods get when they are made: those of Deployment/a/web-v1, StatefulSet/a/api-v1 have none until you make them anew (kubectl rollout restart deployment,statefulset -n a); what says STRICT, or who may call, is better applied after that',
  ]);
  expect(unproxied([silent, web, api], [asking, anew(web), api])[0]).toContain('those of StatefulSet/a/api-v1 have');
});

test.each<readonly [string, readonly Manifest[], readonly Manifest[]]>([
  ['all are made anew', [silent, web], [asking, anew(web)]],
  ['they come with it', [silent], [asking, web]],
  ['they had one', [asking, web], [asking, web]],
  ['they want none', [silent, web], [asking, dep('web-v1', { labels: { app: 'web', 'sidecar.istio.io/inject': 'false' } })]],
  ['the namespace comes with them', [], [asking, web]],
  ['it asks by its revision before', [space({ 'istio.io/rev': 'canary' }), web], [asking, web]],
])('nothing is said where %s', (_, before, after) => expect(unproxied(before, after)).toEqual([]));
