import fc from 'fast-check';
import { diff } from '../../src/diff/diff';
import { findClient } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { callerOf } from './caller';
import { deployment, istio, linesOf, meshOf, type Obj, routes, service, subsets, to } from './support';

interface Release {
  readonly mode?: string | undefined;
  /** The version whose mode is said; all, where nothing is. */
  readonly of?: string | undefined;
  readonly tls?: string | undefined;
  readonly deny?: string | undefined;
  readonly allow?: string | undefined;
  readonly to?: string | undefined;
  readonly without?: string | undefined;
}

const to2 = (version: string) => (version === 'both' ? [to('b', 'v1', 50), to('b', 'v2', 50)] : [to('b', version)]);
const about = (version: string) => ({ matchLabels: { app: 'b', ...(version === 'all' ? {} : { version }) } });
const objects = (r: Release): Obj[] => [
  ...['page', 'b'].map((n) => service(n)),
  ...['page', 'other'].map((n) => deployment(n, 'v1')),
  deployment('plain', 'v1', 'shop', false),
  ...['v1', 'v2'].map((v) => deployment('b', v)),
  subsets('b', {
    ...(r.tls ? { trafficPolicy: { tls: { mode: r.tls } } } : {}),
    ...(r.without
      ? { subsets: ['v1', 'v2'].filter((v) => v !== r.without).map((v) => ({ name: v, labels: { version: v } })) }
      : {}),
  }),
  routes('b', [{ route: to2(r.to ?? 'v1') }]),
  ...(r.mode
    ? [istio('PeerAuthentication', 'peers', { mtls: { mode: r.mode }, ...(r.of ? { selector: about(r.of) } : {}) })]
    : []),
  ...(r.deny ? [istio('AuthorizationPolicy', 'deny', { action: 'DENY', rules: [{}], selector: about(r.deny) })] : []),
  ...(r.allow
    ? [
        istio('AuthorizationPolicy', 'allow', {
          rules: [{ from: [{ source: { principals: [`cluster.local/ns/shop/sa/${r.allow}`] } }] }],
          selector: about('all'),
        }),
      ]
    : []),
];
const told = (a: Release, b: Release) => diff(meshOf(objects(a), 'old.yaml'), meshOf(objects(b), 'new.yaml'));
const named = (a: Release, b: Release) =>
  told(a, b)
    .filter((d) => d.aspect === 'ends')
    .map((d) => {
      const places = [...d.places.old.map((r) => `old ${r.manifest.kind}`), ...d.places.now.map((r) => `new ${r.manifest.kind}`)];
      return `${linesOf([d])[0]!.replace(/.*?: /, '')} | ${places.join(', ')}`;
    });

const closed = '200 -> closed (the port takes mutual TLS alone)';
const refused = '200 -> 503 (the port takes mutual TLS alone)';
const peers = 'old PeerAuthentication, new PeerAuthentication';
const rules = 'old DestinationRule, new DestinationRule';
const permissive = { mode: 'PERMISSIVE' };
const strict = { mode: 'STRICT' };

test.each<[string, Release, Release, readonly string[]]>([
  ['mutual TLS alone', permissive, strict, [`mutual TLS PERMISSIVE -> STRICT: ${closed} | ${peers}`]],
  ['a client that leaves it', strict, { ...strict, tls: 'DISABLE' }, [`${refused} | ${rules}`]],
  [
    'both',
    permissive,
    { ...strict, tls: 'DISABLE' },
    [
      `mutual TLS PERMISSIVE -> STRICT: ${refused} | old DestinationRule, old PeerAuthentication, new DestinationRule, new PeerAuthentication`,
      `mutual TLS PERMISSIVE -> STRICT: ${closed} | ${peers}`,
    ],
  ],
  ['a policy', strict, { ...strict, deny: 'all' }, ['200 -> 403 (a rule denies it) | new AuthorizationPolicy']],
  [
    'a policy beside mutual TLS',
    permissive,
    { ...strict, deny: 'all' },
    ['200 -> 403 (a rule denies it) | new AuthorizationPolicy', `mutual TLS PERMISSIVE -> STRICT: ${closed} | ${peers}`],
  ],
  ['a policy that is gone', { deny: 'all', ...strict }, strict, ['403 -> 200 | old AuthorizationPolicy']],
  [
    'a route to pods of another mode',
    { ...strict, of: 'v2', allow: 'page' },
    { ...strict, of: 'v2', allow: 'page', to: 'v2' },
    ['v1 -> v2 | old VirtualService, new VirtualService'],
  ],
  [
    'a subset that is gone',
    strict,
    { ...strict, without: 'v1' },
    [`v1 -> 503 (there is no cluster outbound|80|v1|b.shop.svc.cluster.local) | ${rules}`],
  ],
])('the cause is named: %s', (_, a, b, expected) => expect(new Set(named(a, b))).toEqual(new Set(expected)));

const release: fc.Arbitrary<Release> = fc.record({
  mode: fc.constantFrom(undefined, 'PERMISSIVE', 'STRICT', 'DISABLE'),
  of: fc.constantFrom(undefined, 'v1', 'v2'),
  tls: fc.constantFrom(undefined, undefined, 'DISABLE', 'ISTIO_MUTUAL'),
  deny: fc.constantFrom(undefined, undefined, 'all', 'v1', 'v2'),
  allow: fc.constantFrom(undefined, undefined, 'page', 'other'),
  to: fc.constantFrom('v1', 'v2', 'both'),
  without: fc.constantFrom(undefined, undefined, undefined, 'v1', 'v2'),
});

const key = (o: { readonly kind: string; readonly metadata?: any; readonly name?: string }) =>
  `${o.kind} ${o.name ?? o.metadata.name}`;
/** A mesh in which some objects are as another has them. */
const withThose = (objects: readonly Obj[], others: readonly Obj[], those: ReadonlySet<string>): Obj[] => [
  ...objects.filter((o) => !those.has(key(o as any))),
  ...others.filter((o) => those.has(key(o as any))),
];

test('what is named makes the difference: undone alone it takes that away, or alone it brings it about', () => {
  let several = 0;
  fc.assert(
    fc.property(release, release, (a, b) => {
      const [old, now] = [objects(a), objects(b)];
      for (const d of told(a, b)) {
        const w = d.witness;
        if (d.aspect !== 'ends' || !w || w.client.includes('(from ')) continue;
        const causes = new Set([...d.places.old, ...d.places.now].map((r) => key(r.manifest)));
        expect([d.text, causes.size]).not.toEqual([d.text, 0]);
        const ends = (list: readonly Obj[]) => {
          const model = meshOf(list);
          return callerOf(trace(model, findClient(model, w.client), w.request), (e) => [
            e.status,
            e.where.split(', ').sort(),
            e.subset,
          ]).ends.join();
        };
        const undone = ends(withThose(now, old, causes));
        const alone = ends(withThose(old, now, causes));
        if (causes.size > 1) several++;
        if (undone === ends(now) && alone === ends(old)) throw new Error(`${linesOf([d])[0]}: ${[...causes].join(', ')}`);
      }
    }),
    { numRuns: 150, seed: 7 },
  );
  expect(several).toBeGreaterThan(10);
});

describe('the object that is named is the one', () => {
  const places = (before: readonly Obj[], after: readonly Obj[], text: RegExp) =>
    diff(meshOf(before, 'old.yaml'), meshOf(after, 'new.yaml'))
      .filter((d) => text.test(linesOf([d])[0]!))
      .flatMap((d) => [
        ...d.places.old.map((r) => `old ${r.manifest.kind} ${r.manifest.name} ${r.path.join('.')}`),
        ...d.places.now.map((r) => `new ${r.manifest.kind} ${r.manifest.name} ${r.path.join('.')}`),
      ]);
  const mesh = objects({});

  test('who allows others, where none allows it; not who denies something else', () => {
    const policy = (name: string, action: string, operation: object) =>
      istio('AuthorizationPolicy', name, { action, rules: [{ to: [{ operation }] }], selector: about('all') });
    const more = [policy('a-deny', 'DENY', { paths: ['/admin'] }), policy('b-allow', 'ALLOW', { methods: ['GET'] })];
    expect(places(mesh, [...mesh, ...more], /no rule allows it/)).toEqual(['new AuthorizationPolicy b-allow spec']);
  });

  test('a Service that goes, and not the DestinationRule that goes with it', () => {
    const edge = { ...routes('edge', [{ route: [to('b')] }]), spec: { hosts: ['edge.example'], http: [{ route: [to('b')] }] } };
    const rest = mesh.filter(
      (o) => o.metadata.name !== 'b' || !['Service', 'DestinationRule', 'VirtualService'].includes(o.kind),
    );
    expect(places([...mesh, edge], [...rest, edge], /edge\.example.*there is no cluster/)).toEqual(['old Service b spec']);
  });

  test('the subset whose labels change, and not the policy beside it', () => {
    const rule = (version: string) =>
      subsets('b', { trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } }, subsets: [{ name: 'v1', labels: { version } }] });
    const but = mesh.filter((o) => o.kind !== 'DestinationRule');
    expect([...new Set(places([...but, rule('v1')], [...but, rule('v2')], /b-v1 -> .*b-v2/))]).toEqual([
      'old DestinationRule b spec.subsets.0',
      'new DestinationRule b spec.subsets.0',
    ]);
  });
});
