import { ApiObject, App, Chart } from 'cdk8s';
import { Sidecar } from '../../../imports/networking.istio.io';
import * as m from '../../../src';
import { type Case, errorOf, image, outside, refuses, solo, web } from './support';

const { Port } = m;
/** Two Services of somebody else's over the same pods. */
const pair = (c: any, one: object, other: object, podLabels: object = { app: 'job' }) =>
  [one, other].map((o, i) =>
    m.MeshService.adopt(c, `Job${i}`, {
      port: Port.http(80),
      versions: { v1: {} },
      podLabels: { app: 'job', ...(i === 1 ? podLabels : {}) },
      serviceAccount: 'job',
      ...o,
    }),
  );

const BAD_ACCOUNTS = ['*', 'a b', 'a/sa/b', 'A', '', '-a', `${'a'.repeat(254)}`];
const BAD_ACCOUNT = /serviceAccount .*(is not the name of a service account|is empty|253 are allowed)/;

refuses(
  [
    [
      'customizing nothing',
      () => m.customize(undefined as any, Sidecar, () => {}),
      /what customize changes has to be a construct/,
    ],
  ],
  'value',
);

// a reference belongs to no construct
refuses(
  BAD_ACCOUNTS.map((serviceAccount) => [
    `a reference to a service with account "${serviceAccount}"`,
    () => m.MeshService.fromName({ name: 's', namespace: 'n', serviceAccount }),
    BAD_ACCOUNT,
  ]),
  'value',
);
refuses([
  // access
  [
    'a denied version without an identity',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), deny: [web(c).version('v2')] }),
    /has the same service account "web" as "v1".*serviceAccount: 'own'/,
  ],
  [
    'an access policy with misspelt limits',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), allow: [web(c)], method: ['GET'], path: ['/x'] } as any),
    /"chart\/A" has no property "method" \(did you mean "methods"\?\)/,
  ],
  [
    'a denied service that has the account of another',
    (c) => {
      const adopt = (id: string) =>
        m.MeshService.adopt(c, id, { port: Port.http(80), versions: { v1: {} }, podLabels: { app: id } });
      adopt('Other');
      new m.AccessPolicy(c, 'A', { service: solo(c), deny: [adopt('Job')] });
    },
    /\[chart\/Solo\] "chart\/A" \(.*access-and-apps\.test\.ts:\d+\) denies service "job" to service "solo", and "chart\/Other" has the same service account \(cluster\.local\/ns\/shop\/sa\/default\).*name all who are meant in deny/,
  ],
  [
    'two Services over the same pods that both say what they call',
    (c) => pair(c, { calls: [] }, { calls: [solo(c)] }),
    /\[chart\/Job1\] service "job-1" has pods of "chart\/Job0" \(app=job\), and both say what they call: .*say all calls at one of them/,
  ],
  [
    'a Service over some pods of another that says what it calls',
    (c) => pair(c, { calls: [] }, { calls: [] }, { role: 'worker' }),
    /service "job-1" has pods of "chart\/Job0" \(app=job\), and both say what they call/,
  ],
  [
    'a Service over more pods than another, made before it',
    (c) => {
      const versions = { v1: { version: 'v1' } };
      m.MeshService.adopt(c, 'Canary', { port: Port.http(80), versions, podLabels: { app: 'solo', v: '2' }, calls: [] });
      solo(c, { calls: [] });
    },
    /service "solo" has pods of "chart\/Canary" \(app=solo, v=2\), and both say/,
  ],
  [
    'a Service by other labels of the same Deployment that says what it calls',
    (c) => {
      solo(c, { calls: [] });
      const metadata = { name: 'second' };
      const spec = { selector: { 'app.kubernetes.io/name': 'solo' }, ports: [{ name: 'http', port: 80 }] };
      const from = new ApiObject(c, 'Second', { apiVersion: 'v1', kind: 'Service', metadata, spec });
      m.MeshService.adoptFrom(c, 'Other', { from, calls: [] });
    },
    /\[chart\/Other\] service "second" has pods of "chart\/Solo" \(app=solo\), and both say what they call/,
  ],
  [
    'a closed Service over the pods of an open one',
    (c) => pair(c, {}, { allowFrom: [solo(c)] }),
    /\[chart\/Job1\] service "job-1" is closed .*"chart\/Job0", over pods of it \(app=job\), is open: .*close both, with allowFrom/,
  ],
  [
    'an access policy that allows text',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), allow: ['page'] } as any),
    /allow of "chart\/A" names "page": it has to be a service, a version of one, or a gateway/,
  ],
  [
    'an access policy that denies nothing in particular',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), deny: [undefined] } as any),
    /deny of "chart\/A" names nothing/,
  ],
  [
    "an access policy of another app's service",
    (c) =>
      new m.AccessPolicy(c, 'A', {
        service: m.MeshService.fromName({ name: 'reports', namespace: 'x' }),
        allow: [solo(c)],
      } as any),
    /the service of "chart\/A" is service "reports" of namespace "x": it has to be a service of the mesh, of this app/,
  ],
  [
    'an access policy without properties',
    (c) => new (m.AccessPolicy as any)(c, 'A'),
    /"chart\/A" has undefined for its properties/,
  ],
  ...BAD_ACCOUNTS.flatMap((serviceAccount) => {
    const says = BAD_ACCOUNT;
    const versions = { v1: {} };
    return [
      [
        `an adopted service with account "${serviceAccount}"`,
        (c) => m.MeshService.adopt(c, 'S', { port: Port.http(80), versions, podLabels: { app: 's' }, serviceAccount }),
        says,
      ],
      [
        `an adopted version with account "${serviceAccount}"`,
        (c) =>
          m.MeshService.adopt(c, 'S', {
            port: Port.http(80),
            versions,
            podLabels: { app: 's' },
            serviceAccount: { v1: serviceAccount },
          }),
        says,
      ],
      [
        `a gateway with account "${serviceAccount}"`,
        (c) => new m.IngressGateway(c, 'E', { hosts: ['a.com'], workload: { serviceAccount } }),
        says,
      ],
      [`a Mesh whose gateway has account "${serviceAccount}"`, (c) => new m.Mesh(c, 'M', { ingress: { serviceAccount } }), says],
      ...(serviceAccount === ''
        ? []
        : [
            [
              `a version with account "${serviceAccount}" of cdk8s-plus`,
              (c) => solo(c, { versions: { v1: { ...image, serviceAccount: { name: serviceAccount } } } }),
              says,
            ] as Case,
          ]),
    ] as Case[];
  }),
  [
    'a gateway whose pods are in any namespace',
    (c) => new m.IngressGateway(c, 'E', { hosts: ['a.com'], workload: { namespace: '*' } }),
    /workload\.namespace of "chart\/E" is "\*"/,
  ],
  ['an access policy for nobody', (c) => new m.AccessPolicy(c, 'A', { service: solo(c) }), /names nobody/],
  [
    'a namespace that is no name',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), allowNamespaces: ['A_B'] }),
    /namespace in "chart\/A" is "A_B"/,
  ],
  [
    'a secure namespace of another name',
    (c) => new m.SecureNamespace(c, 'N', { name: 'other' }),
    /SecureNamespace "other" is in chart "chart", whose namespace is "shop"/,
  ],
  [
    'a method in small letters',
    (c) => solo(c).mayCall(web(c), { methods: ['get'] }),
    /method "get" for service "solo" is not an HTTP method: use GET, HEAD/,
  ],
  [
    'a path with "*" inside',
    (c) => solo(c).mayCall(web(c), { paths: ['/a/*/b'] }),
    /has "\*" inside: Istio takes it at the beginning or the end, and \{\*\} for one segment/,
  ],
  [
    'a limit beside no limit',
    (c) => {
      const page = solo(c);
      const reviews = web(c, { allowFrom: [page] });
      page.mayCall(reviews, { methods: ['GET'] });
    },
    /"chart\/Solo" \(.*access-and-apps\.test\.ts:\d+\) lets service "solo" call service "web" with \(GET\) alone, and "chart\/Web" \(.*\) lets it do everything/,
  ],
  [
    'a limit beside calls',
    (c) => {
      const callee = web(c);
      solo(c, { calls: [callee] }).mayCall(callee, { methods: ['GET'] });
    },
    /"chart\/Solo" \(.*access-and-apps\.test\.ts:\d+\) lets service "solo" call service "web" with \(GET\) alone, and "chart\/Solo" \(.*support\.ts:\d+\) lets it/,
  ],
  [
    'a limit to a path with its query',
    (c) => solo(c).mayCall(web(c), { paths: ['/a?b=1'] }),
    /path "\/a\?b=1" for service "solo" has a "\?": paths are compared without the query, so it would never match/,
  ],
  [
    'a denial of a path with its query',
    (c) => new m.AccessPolicy(c, 'A', { service: solo(c), denyNamespaces: ['x'], paths: ['/a?*'] }),
    /path "\/a\?\*" for .* has a "\?"/,
  ],
  // customize
  [
    'customizing no kind',
    (c) => m.customize(solo(c), undefined as any, () => {}),
    /customize of "chart\/Solo" has no class of objects/,
  ],
  [
    'customizing without a change',
    (c) => m.customize(solo(c), Sidecar, undefined as any),
    /^customize of "chart\/Solo" has no change: give it a function/,
  ],
  [
    'a limit for a host outside the mesh',
    (c) => solo(c).mayCall(outside({ host: 'api.example.com', port: Port.http(80) })(c), { methods: ['GET'] }),
    /limits for calls of service "solo" to .*hold nowhere/,
  ],
  // properties
  [
    'a misspelt property',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1, dealy: '1s' } as any),
    /"chart\/F" has no property "dealy" \(did you mean "delay"\?\)/,
  ],
  [
    'a property of another kind',
    (c) => new m.TrafficMirror(c, 'M', { service: solo(c), to: 'v2', percent: 1 } as any),
    /property "to" of "chart\/M" is "v2": it has to be a service/,
  ],
  [
    'a choice that does not exist',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 1, delay: '1s', over: 'all' } as any),
    /over of "chart\/F" is "all": it has to be one of "base", "everything"/,
  ],
  // apps
  [
    'a callee of another app',
    (c) => solo(c).mayCall(web(new Chart(new App(), 'far', { namespace: 'far' }))),
    /"far\/Web" belongs to another app than "chart\/Solo"/,
  ],
  [
    'a rule for a host of another app',
    (c) =>
      new m.FaultInjection(c, 'F', { service: solo(new Chart(new App(), 'far', { namespace: 'far' })), percent: 1, delay: '1s' }),
    /"chart\/F" belongs to another app than host "solo\.far/,
  ],
  [
    'an unknown Istio',
    (_c, a) => new m.Mesh(a, 'M', { istioVersion: '1.2' as any }),
    /istioVersion of "M" is "1\.2": it has to be one of "1\.29", "1\.30", "1\.31"/,
  ],
]);

test('all that is wrong is said at once, each with its construct', () => {
  const message = errorOf((c) => {
    for (const id of ['A', 'B']) new m.MeshService(c, id, { port: Port.http(80), versions: { v1: image, v2: image } });
  });
  expect(message).toMatch(/\[chart\/A\] service "a"[\s\S]*\[chart\/B\] service "b"/);
});
