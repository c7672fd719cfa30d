import { object, problemsOf, virtualService } from './support';

const route = 'route: [{destination: {host: a}}]';
const http = (more: string) => virtualService(`{hosts: [a], http: [{${more ? `${more}, ` : ''}${route}}]}`);
const rule = (more: string) => object('networking.istio.io/v1', 'DestinationRule', `{host: a, ${more}}`);
const entry = (more: string) => object('networking.istio.io/v1', 'ServiceEntry', `{hosts: [a.test], ${more}}`);
const policy = (more: string) => object('security.istio.io/v1', 'AuthorizationPolicy', `{${more}}`);
const wasm = (more: string) => object('extensions.istio.io/v1alpha1', 'WasmPlugin', `{${more}}`);

describe('what the API server refuses', () => {
  test.each<[what: string, yaml: string, problems: readonly string[]]>([
    [
      'a misspelt field',
      http('timout: 1s'),
      ['4: spec.http[0].timout is no field that VirtualService has [did you mean "timeout"?]'],
    ],
    [
      'a field of one level down',
      http('match: [{exact: /a}]'),
      [
        '4: spec.http[0].match[0].exact is no field that VirtualService has [it is a field of "authority", of "headers", of "method" and of others]',
      ],
    ],
    [
      'a field of one level up',
      http('match: [{uri: {exact: /a}, timeout: 1s}]'),
      ['4: spec.http[0].match[0].timeout is no field that VirtualService has [it is a field of spec.http[0]]'],
    ],
    [
      'fields of the object itself',
      `${http('')}specs: {}\nname: a\n`,
      [
        '5: specs is no field that VirtualService has [did you mean "spec"?]',
        '6: name is no field that VirtualService has [it is a field of "metadata"]',
      ],
    ],
    ['a number where text is', virtualService('{hosts: [1]}'), ['4: spec.hosts[0] is 1, where text is wanted: put it in quotes']],
    ['a list where fields are', virtualService('[]'), ['4: spec is a list, where fields are wanted']],
    ['no value in a list', virtualService('{hosts: [a], http: [~]}'), ['4: spec.http[0] is empty, where fields are wanted']],
    [
      'a field without a value, which only some ways of applying take',
      http('timeout: ~'),
      ['4: spec.http[0].timeout is empty, where text is wanted'],
    ],
    ['an unknown field without a value', http('nope: ~'), ['4: spec.http[0].nope is no field that VirtualService has']],
    [
      'an unknown word',
      rule('trafficPolicy: {tls: {mode: MUTAL}}'),
      [
        '4: spec.trafficPolicy.tls.mode is "MUTAL", where one of DISABLE, SIMPLE, MUTUAL, ISTIO_MUTUAL is wanted [did you mean "MUTUAL"?]',
      ],
    ],
    [
      'a required field',
      virtualService('{http: [{route: [{}]}]}'),
      ['4: spec.http[0].route[0] has no destination, which is required'],
    ],
    [
      'no spec, where one is required',
      'apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a}\n',
      ['1: has no spec, which is required'],
    ],
    [
      'two of which one may be',
      http('match: [{uri: {exact: /a, prefix: /b}}]'),
      ['4: spec.http[0].match[0].uri has exact and prefix, of which at most one may be set'],
    ],
    [
      'numbers out of range, also of their type',
      http('retries: {attempts: 3000000000}, mirrorPercent: -1'),
      [
        '4: spec.http[0].mirrorPercent is -1, where at least 0 is wanted',
        '4: spec.http[0].retries.attempts is 3000000000, where at most 2147483647 is wanted',
      ],
    ],
    [
      'a pattern',
      wasm('url: a.test/b, sha256: abc'),
      ['4: spec.sha256 is "abc", where a SHA-256 of 64 hexadecimal digits is wanted'],
    ],
    ['text that is too short', wasm('url: ""'), ['4: spec.url is empty']],
    [
      'base64',
      http('directResponse: {status: 200, body: {bytes: "no!"}}'),
      ['4: spec.http[0].directResponse.body.bytes is "no!", which is no base64'],
    ],
    [
      'items of a list with the same key',
      entry('ports: [{name: a, number: 80}, {name: a, number: 81}]'),
      ['4: spec.ports[1] has name "a", as item 0 has: it may be there once'],
    ],
  ])('%s', (_what, yaml, problems) => {
    expect(problemsOf(yaml)).toEqual(problems);
  });

  test('all problems of an object at once', () => {
    expect(problemsOf(http('timeout: 1d, fault: {abort: {httpStatus: x}}, nope: 1, retries: {attempts: x}'))).toHaveLength(4);
  });
});

describe('CEL rules', () => {
  const duration = 'where a duration of at least 1ms is wanted, such as 500ms, 5s or 1m30s';
  test.each<[what: string, yaml: string, problems: readonly string[]]>([
    ['a duration without a unit', http('timeout: "5"'), [`4: spec.http[0].timeout is "5", ${duration} [write 5s]`]],
    [
      'a duration that is a number',
      http('timeout: 5'),
      ['4: spec.http[0].timeout is 5, where a duration is wanted, such as 500ms, 5s or 1m30s [write 5s]'],
    ],
    ['a duration of days', http('timeout: 1d'), [`4: spec.http[0].timeout is "1d", ${duration}`]],
    ['a duration that is too short', http('timeout: 0s'), [`4: spec.http[0].timeout is "0s", ${duration}`]],
    ['good durations', http('timeout: 1h1m1.5s, retries: {perTryTimeout: 1ms}'), []],
    ['a port', entry('ports: [{name: a, number: 0}]'), ['4: spec.ports[0].number is 0, where a port from 1 to 65535 is wanted']],
    [
      'a port as a key',
      object(
        'security.istio.io/v1',
        'PeerAuthentication',
        '{selector: {matchLabels: {a: b}}, portLevelMtls: {70000: {mode: STRICT}}}',
      ),
      ['4: spec.portLevelMtls breaks a rule of its kind: port must be between 1-65535'],
    ],
    [
      'the same number twice',
      entry('ports: [{name: a, number: 80}, {name: b, number: 80}]'),
      ['4: spec.ports breaks a rule of its kind: port number cannot be duplicated'],
    ],
    [
      'one of two',
      policy('selector: {matchLabels: {a: b}}, targetRefs: [{kind: Gateway, name: a, group: gateway.networking.k8s.io}]'),
      ['4: spec breaks a rule of its kind: only one of targetRefs or selector can be set'],
    ],
    [
      'a wildcard in a label',
      policy('selector: {matchLabels: {a: "b*"}}'),
      ['4: spec.selector.matchLabels.a breaks a rule of its kind: wildcard not allowed in label value match'],
    ],
    ['a URL without a scheme', wasm('url: ghcr.io/a/b:1'), []],
    [
      'a URL of another scheme',
      wasm('url: ftp://a.test/b'),
      ['4: spec.url breaks a rule of its kind: url must have schema one of [http, https, file, oci]'],
    ],
    [
      'a rule that cannot be worked out does not hold',
      object('telemetry.istio.io/v1', 'Telemetry', '{metrics: [{overrides: [{tagOverrides: {a: {operation: UPSERT}}}]}]}'),
      ['4: spec.metrics[0].overrides[0].tagOverrides.a breaks a rule of its kind: value must be set when operation is UPSERT'],
    ],
    [
      'a rule is not asked of a value of a wrong type',
      entry('ports: [{name: a, number: x}]'),
      ['4: spec.ports[0].number is "x", where a whole number is wanted'],
    ],
  ])('%s', (_what, yaml, problems) => {
    expect(problemsOf(yaml)).toEqual(problems);
  });
});

describe('kinds and versions', () => {
  test.each<[what: string, apiVersion: string, kind: string, problems: readonly string[]]>([
    ['all served versions', 'networking.istio.io/v1alpha3', 'Gateway', []],
    [
      'a version that is not served',
      'networking.istio.io/v1beta9',
      'VirtualService',
      [
        '1: apiVersion is "networking.istio.io/v1beta9", in which no VirtualService is served: it is in "networking.istio.io/v1", "networking.istio.io/v1alpha3", "networking.istio.io/v1beta1" [did you mean "v1beta1"?]',
      ],
    ],
    [
      'a misspelt kind',
      'security.istio.io/v1',
      'PeerAuthetication',
      [
        '2: kind is "PeerAuthetication", which is no kind of security.istio.io: it has "AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication" [did you mean "PeerAuthentication"?]',
      ],
    ],
    [
      'a kind of another group of Istio',
      'networking.istio.io/v1',
      'AuthorizationPolicy',
      [expect.stringContaining('[AuthorizationPolicy is in the group "security.istio.io"]')],
    ],
    [
      'a group of old',
      'rbac.istio.io/v1alpha1',
      'ServiceRole',
      ['1: apiVersion is "rbac.istio.io/v1alpha1": Istio has no group "rbac.istio.io"'],
    ],
    [
      'a misspelt group',
      'netwrking.istio.io/v1',
      'VirtualService',
      [
        '1: apiVersion is "netwrking.istio.io/v1": Istio has no group "netwrking.istio.io" [VirtualService is in the group "networking.istio.io"]',
      ],
    ],
    [
      'a version of Kubernetes of old',
      'apps/v1beta1',
      'Deployment',
      [expect.stringContaining('1: apiVersion is "apps/v1beta1", in which no Deployment is served: it is in "apps/v1"')],
    ],
    ['the Gateway of Kubernetes', 'gateway.networking.k8s.io/v1', 'Gateway', []],
    ["istioctl's own file", 'install.istio.io/v1alpha1', 'IstioOperator', []],
    ['a kind that nobody knows', 'example.com/v1', 'Widget', []],
  ])('%s', (_what, apiVersion, kind, problems) => {
    expect(problemsOf(object(apiVersion, kind, '{}'))).toEqual(problems);
  });
});

describe("Kubernetes' own kinds", () => {
  test.each<[what: string, yaml: string, problems: readonly string[]]>([
    [
      'a misspelt field',
      object('v1', 'Service', '{ports: [{port: 80, targetport: 8080}]}'),
      ['4: spec.ports[0].targetport is no field that Service has [did you mean "targetPort"?]'],
    ],
    [
      'wrong types, all of them',
      object('v1', 'Service', '{ports: [{port: "80"}], selector: {on: yes}}'),
      [
        '4: spec.ports[0].port is "80", where a whole number is wanted',
        '4: spec.selector.true is true, where text is wanted: put it in quotes',
      ],
    ],
    ['fields without a value are nothing', object('v1', 'Service', '{selector: ~, ports: [{port: 80, name: ~}]}'), []],
    [
      'deep in a template',
      object('v1', 'Pod', '{containers: [{name: a, image: a:1, imagePullpolicy: Always}]}'),
      ['4: spec.containers[0].imagePullpolicy is no field that Pod has [did you mean "imagePullPolicy"?]'],
    ],
  ])('%s', (_what, yaml, problems) => {
    expect(problemsOf(yaml)).toEqual(problems);
  });
});

describe('metadata of every kind', () => {
  const widget = (metadata: string) => object('example.com/v1', 'Widget', '{}', metadata);
  test.each<[metadata: string, problems: readonly string[]]>([
    ['{name: a.b-c, namespace: shop, labels: {app: "", example.com/x: A_1}, annotations: {Example.com/X: any thing}}', []],
    ['{name: a, label: {}}', ['3: metadata.label is no field that Widget has']],
    ['{name: a, labels: {on: yes}}', ['3: metadata.labels.true is true, where text is wanted: put it in quotes']],
    [
      '{name: a, labels: {x: n, y: 1}}',
      [
        '3: metadata.labels.x is false, where text is wanted: put it in quotes',
        '3: metadata.labels.true is 1, where text is wanted: put it in quotes',
      ],
    ],
    ['{name: A_b}', [expect.stringContaining('3: metadata.name is "A_b": lower-case letters')]],
    ['{name: a, namespace: a.b}', [expect.stringContaining('3: metadata.namespace is "a.b", which is no name of a namespace')]],
    [
      '{name: a, labels: {-x: a, y-: " "}}',
      [
        expect.stringContaining('3: metadata.labels.-x has a key'),
        expect.stringContaining('3: metadata.labels.y- has a key'),
        expect.stringContaining('3: metadata.labels.y- is " "'),
      ],
    ],
  ])('%s', (metadata, problems) => {
    expect(problemsOf(widget(metadata))).toEqual(problems);
  });

  const RBAC = 'rbac.authorization.k8s.io/v1';
  test.each<[kind: string, apiVersion: string, names: readonly string[], not: readonly string[]]>([
    ['ClusterRole', RBAC, ['a', 'shop:reader', 'Shop_R', 'a b', 'a..b'], ['.', '..', 'a/b', 'a%b']],
    ['ClusterRoleBinding', RBAC, ['shop:reader'], ['a/b']],
    ['Role', RBAC, ['shop:reader'], ['a/b']],
    ['RoleBinding', RBAC, ['shop:reader'], ['a/b']],
    ['CertificateSigningRequest', 'certificates.k8s.io/v1', ['shop:reader'], ['a/b']],
    ['ClusterTrustBundle', 'certificates.k8s.io/v1beta1', ['a.example.com:ca'], ['a/b']],
    ['ServiceAccount', 'v1', ['a.b'], ['shop:reader']],
    ['Role', 'example.com/v1', ['a.b'], ['shop:reader']],
  ])('the names that a %s of %s may have', (kind, apiVersion, names, not) => {
    const problems = (name: string) =>
      problemsOf(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${JSON.stringify(name)}}\n`);
    expect(names.flatMap(problems)).toEqual([]);
    for (const name of not) expect(problems(name)).toEqual([expect.stringContaining(`3: metadata.name is "${name}": `)]);
  });
});
