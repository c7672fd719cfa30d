import { check } from '../../src/check/check';
import { summaryText } from '../../src/check/text';
import { parseManifests } from '../../src/manifests/parse';

const virtualService = (name: string, weight: unknown, subset: string) =>
  JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'shop' },
    spec: { hosts: [`${name}.example.com`], http: [{ route: [{ destination: { host: 'reviews', subset }, weight }] }] },
  });
const report = (...objects: string[]) => check(parseManifests(objects.join('\n---\n'), 'a.yaml'));

test('objects that rules about the mesh do not see are counted, and said', () => {
  const { summary, diagnostics } = report(
    virtualService('right', 100, 'v1'),
    virtualService('misshapen', '100', 'v1'),
    virtualService('invalid', 100, 'V_1!'),
  );
  expect([summary.objects, summary.refused]).toEqual([3, 2]);
  expect(summaryText(summary)).toContain('in 3 objects; 2 of them are refused, so other rules do not see all of the mesh');
  // each is told, for that is where to begin
  const refusals = diagnostics.filter((d) => ['schema', 'istio-validation'].includes(d.rule));
  expect(refusals.map((d) => d.resource?.name).sort()).toEqual(['invalid', 'misshapen']);
});

test('a field that a kind does not know keeps the object in all rules', () => {
  const { summary, diagnostics } = report(virtualService('a', 100, 'v1').replace('"hosts"', '"hots":[],"hosts"'));
  expect([summary.objects, summary.refused]).toEqual([1, 0]);
  expect(diagnostics.map((d) => d.rule)).toEqual(expect.arrayContaining(['schema', 'destination-host-not-found']));
});
