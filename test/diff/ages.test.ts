import { diff } from '../../src/diff/diff';
import { diffJson } from '../../src/diff/diff-json';
import { diffMarkdown } from '../../src/diff/markdown';
import { diffText } from '../../src/diff/text';
import { deployment, istio, lines, meshOf, type Obj, service, subsets, to } from './support';

// In a cluster what is new is the youngest, and Istio obeys the oldest of those that say two things.

const shop = [
  service('orders'),
  deployment('orders', 'v1'),
  deployment('orders', 'v2'),
  deployment('page', 'v1'),
  subsets('orders'),
];
const vs = (name: string, version: string, created?: string): Obj => {
  const o = istio('VirtualService', name, { hosts: ['orders'], http: [{ route: [to('orders', version)] }] });
  return created === undefined ? o : { ...o, metadata: { ...o.metadata, creationTimestamp: created } };
};

describe('what is new is younger than what was there', () => {
  test.each(['a-new', 'z-new'])('whatever it is called: %s', (name) =>
    expect(lines([...shop, vs('o', 'v1')], [...shop, vs('o', 'v1'), vs(name, 'v2')])).toEqual([]),
  );
  test('also where the one that was there is dated on one side alone', () => {
    const dated = vs('o', 'v1', '2026-05-01T00:00:00Z');
    expect(lines([...shop, dated], [...shop, vs('o', 'v1'), vs('a-new', 'v2')])).toEqual([]);
    expect(lines([...shop, vs('o', 'v1'), vs('p', 'v2')], [...shop, dated, vs('p', 'v2')])).toEqual([]);
  });
  test('and what both have keeps its age when it changes', () => {
    const [o, p] = [vs('o', 'v1', '2026-05-02T00:00:00Z'), vs('p', 'v2', '2026-05-01T00:00:00Z')];
    expect(lines([...shop, o, p], [...shop, vs('o', 'v2'), vs('p', 'v1')])).toEqual([
      expect.stringMatching(/-> orders\.shop: v2 -> v1$/),
    ]);
  });
  test.each([
    ['DestinationRule', { host: 'orders', trafficPolicy: { connectionPool: { http: { http1MaxPendingRequests: 5 } } } }],
    ['Sidecar', { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' }, egress: [{ hosts: ['none/*'] }] }],
    ['PeerAuthentication', { mtls: { mode: 'STRICT' } }],
  ])('%s', (kind, spec) => {
    const other =
      kind === 'DestinationRule'
        ? { host: 'orders', trafficPolicy: { connectionPool: { http: { http1MaxPendingRequests: 9 } } } }
        : kind === 'Sidecar'
          ? { egress: [{ hosts: ['*/*'] }] }
          : { mtls: { mode: 'PERMISSIVE' } };
    const old = [...shop.slice(0, 4), istio(kind, 'o', other)];
    expect(lines(old, [...old, istio(kind, 'a-new', spec)])).toEqual([]);
  });
});

test('a line that rests on an age says so', () => {
  const old = meshOf([...shop, vs('o', 'v1')]);
  const now = meshOf([...shop, vs('o', 'v2'), vs('new', 'v1')]);
  const differences = diff(old, now);
  const says = 'VirtualService shop/o counts as older than VirtualService shop/new, which is new';
  expect(diffText(differences)).toContain(`    depends on which is older ${says}`);
  expect(diffMarkdown(differences)).toContain(`depends on which is older: ${says}`);
  expect(diffJson(differences)).toMatchObject({
    differences: [
      {
        dependsOnAge: [
          { older: { object: 'VirtualService shop/o' }, younger: { object: 'VirtualService shop/new', isNew: true } },
        ],
      },
    ],
  });
  const undated = diff(meshOf([...shop, vs('o', 'v1'), vs('p', 'v1')]), meshOf([...shop, vs('o', 'v2'), vs('p', 'v1')]));
  expect(diffText(undated)).toContain(
    'VirtualService shop/o counts as older than VirtualService shop/p, for want of creationTimestamps',
  );
  expect(diffText(diff(meshOf([...shop, vs('o', 'v1')]), meshOf([...shop, vs('o', 'v2')])))).not.toContain('depends on');
});
