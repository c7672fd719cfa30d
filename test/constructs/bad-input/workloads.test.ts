import { ApiObject, App, Chart, Lazy, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import * as m from '../../../src';
import { type Case, image, refuses, solo } from './support';

const { MeshService, Port } = m;
const version = (o: object) => (c: any) => solo(c, { versions: { v1: { ...image, ...o } } });
const adopt = (o: object) => (c: any) =>
  MeshService.adopt(c, 'Old', { port: Port.http(80), versions: { v1: {} }, podLabels: { run: 'old' }, ...o } as any);
/** A Service over Deployments with these labels besides, adopted. */
const orders = (deployments: Record<string, object>) => (c: any) => {
  const selector = { app: 'orders' };
  const spec = { selector, ports: [{ name: 'http', port: 80 }] };
  new ApiObject(c, 'Service', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'orders' }, spec });
  for (const [name, labels] of Object.entries(deployments)) {
    const template = { metadata: { labels: { ...selector, ...labels } }, spec: { containers: [] } };
    new ApiObject(c, name, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { template } });
  }
  return MeshService.adoptFrom(c, 'Orders', { from: c });
};
const what = 'version "v1" of "chart\\/Solo"';

refuses([
  [
    'a misspelt property',
    (c) => solo(c, { defaultversion: 'v1' }),
    /"chart\/Solo" has no property "defaultversion" \(did you mean "defaultVersion"/,
  ],
  ['no properties', (c) => new MeshService(c, 'S', undefined as any), /"chart\/S" has undefined for its properties/],
  [
    'versions as a list',
    (c) => solo(c, { versions: ['v1'] }),
    /property "versions" of "chart\/Solo" is a list of 1: it has to be an object/,
  ],
  ['a version as text', (c) => solo(c, { versions: { v1: 'x:1' } }), new RegExp(`${what} has "x:1" for its properties`)],
  ['a version without an image', (c) => solo(c, { versions: { v1: {} } }), new RegExp(`${what} lacks its property "image"`)],
  ['calls as a service', (c) => solo(c, { calls: solo }), /property "calls" of "chart\/Solo" is a function: it has to be a list/],
  ['a misspelt replica', version({ replica: 2 }), new RegExp(`${what} has no property "replica"`)],
  ['replicas as text', version({ replicas: '2' }), /property "replicas" of .* is "2": it has to be a number/],
  ['half a replica', version({ replicas: 1.5 }), new RegExp(`replicas of ${what} is 1\\.5: it has to be a whole number`)],
  ['an empty image', version({ image: '' }), new RegExp(`image of ${what} is empty`)],
  ['an image with a space', version({ image: 'a b' }), /is "a b": an image has no spaces/],
  [
    'a variable that begins with a digit',
    version({ env: { '1A': 'x' } }),
    /env of .*: "1A" is no name of an environment variable/,
  ],
  [
    'a Lazy value as variable',
    version({ env: { A: Lazy.any({ produce: () => 'x' }) } }),
    /env A of .* is a Lazy value, which is known too late \(pass the value itself\): it has to be text or a cdk8s-plus EnvValue/,
  ],
  ['an empty object as variable', version({ env: { A: {} } }), /env A of .* is an empty object: it has to be text/],
  ['a list as variable', version({ env: { A: ['x'] } }), /env A of .* is a list of 1: it has to be text/],
  ['a number as variable', version({ env: { A: 1 } }), /env A of .* is 1: it has to be text or a cdk8s-plus EnvValue/],
  [
    'an autoscaler that shrinks',
    version({ autoscale: { min: 3, max: 2 } }),
    /goes from 3 to 2: whole numbers from 1 to 2147483647, the larger last/,
  ],
  [
    'an autoscaler in percent of nothing',
    version({ autoscale: { max: 3 } }),
    /autoscale of version "v1" of .* is in percent of the CPU that the container asks for, and it asks for none.*resources: \{ cpu: \{ request/,
  ],
  [
    'an autoscaler in percent of memory',
    version({ autoscale: { max: 3 }, resources: { memory: { request: Size.mebibytes(1) } } }),
    /and it asks for none/,
  ],
  ...([
    [{ replicas: 1, minAvailable: 1 }, '1 of 1 pod at most'],
    [{ replicas: 2, minAvailable: 3 }, '3 of 2 pods at most'],
    [{ replicas: 1, minAvailable: '1%' }, '"1%" of 1 pod at most'],
    [{ minAvailable: 1 }, "1 of 1 pod at most \\(Kubernetes' number, where replicas says none\\)"],
    [{ minAvailable: '50%' }, '"50%" of 1 pod at most .*'],
    [{ minAvailable: '100%', replicas: 3 }, '"100%" of 3 pods at most'],
    [{ minAvailable: 3, autoscale: { max: 3 }, resources: { cpu: { limit: Cpu.millis(100) } } }, '3 of 3 pods at most'],
  ].map(([o, says]) => [
    `a disruption budget of all pods: ${says}`,
    version(o as object),
    new RegExp(`minAvailable of version "v1" of .* is ${says}: no pod could ever be evicted`),
  ]) as Case[]),
  ...([
    ['a port of the proxy', Port.http(15001)],
    ['a target that is a port of the proxy', Port.http(80, { target: 15090 })],
  ].map(([what, port]) => [
    what,
    (c: any) => solo(c, { port }),
    /port 15\d+ of service "solo" is one that the proxy itself needs/,
  ]) as Case[]),
  [
    'two protocols on one port of the pods',
    (c) => solo(c, { port: undefined, ports: [Port.http(80, { target: 8080 }), Port.tcp(9000, { target: 8080 })] }),
    /ports 80 \(http\) and 9000 \(tcp\) of service "solo" both lead to port 8080 of its pods.*one of them another target/,
  ],
  ...['app', 'version', 'app.kubernetes.io/name'].map(
    (label): Case => [
      `${label} as a label of the pods`,
      version({ podLabels: { [label]: 'x' } }),
      new RegExp(`"chart/Solo": podLabels of "solo-v1" have "${label}", which the service itself sets .*leave it out`),
    ],
  ),
  [
    "a fork's own app",
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'd', header: 'x', forks: [solo(c).fork({ podLabels: { app: 'x' } })] }),
    /podLabels of "solo-d" have "app", which the service itself sets \(to "solo-d"\)/,
  ],
  ...['istio-proxy', 'istio-init', 'istio-validation'].map(
    (name): Case => [
      `a container called ${name}`,
      version({ name }),
      new RegExp(`the container of "solo-v1" is called "${name}", as one that Istio injects`),
    ],
  ),
  [
    'a service called as the proxy',
    (c) => solo(c, { name: 'istio-proxy' }),
    /the container of "istio-proxy-v1" is called "istio-proxy".*give the version another, name:/,
  ],
  ['an autoscaler without a limit', version({ autoscale: { min: 3 } }), /autoscale of .* lacks its property "max"/],
  ['an autoscaler on half a percent', version({ autoscale: { max: 3, cpu: 0.5 } }), /cpu in the autoscale of .* is 0\.5/],
  [
    'two who decide how many',
    version({ replicas: 2, autoscale: { max: 3 } }),
    /has both replicas and autoscale: the autoscaler owns/,
  ],
  [
    'a share of pods in words',
    version({ minAvailable: 'half' }),
    /minAvailable of .* is "half": it has to be a whole number, or "50%"/,
  ],
  ['more than all pods', version({ minAvailable: '101%' }), /minAvailable of .* is "101%"/],
  [
    'an account as text',
    version({ serviceAccount: 'me' }),
    /serviceAccount of .* is "me": it has to be 'own' or a ServiceAccount/,
  ],
  ['a label that is a number', version({ podLabels: { tier: 1 } }), /"tier" in podLabels of .* is 1: it has to be text/],
  ['a label with a space', version({ podLabels: { tier: 'a b' } }), /"tier" in podLabels of .* is "a b": a label takes letters/],
  [
    'an annotation that is a number',
    version({ podAnnotations: { a: 1 } }),
    /"a" in podAnnotations of .* is 1: it has to be text/,
  ],
  ['a command of numbers', version({ command: [7] }), /"0" in command of .* is 7: it has to be text/],
  ['a misspelt context', version({ securityContext: { runAsUser: 7 } }), /securityContext of .* has no property "runAsUser"/],
  [
    'a misspelt context of the pod',
    version({ podSecurityContext: { fsgroup: 7 } }),
    /podSecurityContext of .* has no property "fsgroup" \(did you mean "fsGroup"/,
  ],
  ['resources as Kubernetes writes them', version({ resources: { limits: {} } }), /resources of .* has no property "limits"/],
  [
    'an amount as Kubernetes writes it',
    version({ resources: { cpu: { request: '100m' } } }),
    new RegExp(`request of cpu in resources of ${what} is "100m": write it as Cpu\\.millis\\(100\\)`),
  ],
  [
    'memory in bytes',
    version({ resources: { memory: { limit: 5 } } }),
    /limit of memory in resources of .* is 5: write it as Size\.mebibytes\(64\)/,
  ],
  [
    'a misspelt request',
    version({ resources: { ephemeralStorage: { requests: Size.gibibytes(1) } } }),
    /ephemeralStorage in resources of .* has no property "requests" \(did you mean "request"/,
  ],
  ['a source of variables as text', version({ envFrom: ['x'] }), /envFrom of .* has something else than .* Env\.fromConfigMap/],
  [
    'a handler as Kubernetes writes it',
    version({ lifecycle: { preStop: { exec: { command: ['x'] } } } }),
    /preStop in the lifecycle of .* is none of cdk8s-plus' Handlers, such as Handler\.fromCommand/,
  ],
  [
    'a misspelt lifecycle',
    version({ lifecycle: { prestop: {} } }),
    /lifecycle of .* has no property "prestop" \(did you mean "preStop"/,
  ],
  ['a container with capitals', version({ name: 'Main' }), /name of the container of .* is "Main": only lower-case letters/],
  ['too many replicas', version({ replicas: 1e12 }), /replicas of .* is 1000000000000: .* 2147483647 at most/],
  [
    'an autoscaler to too many',
    version({ autoscale: { max: 1e12 } }),
    /autoscale of .* goes from 1 to 1000000000000: whole numbers from 1 to 2147483647/,
  ],
  ['a label without a name', version({ podLabels: { '': 'x' } }), /"" in podLabels of .* is no key: its name takes letters/],
  ['a label with a space in its key', version({ podLabels: { 'a b': 'x' } }), /"a b" in podLabels of .* is no key/],
  ['a label of two prefixes', version({ podLabels: { 'a/b/c': 'x' } }), /"a\/b\/c" in podLabels of .* is no key/],
  [
    'a label with a wrong prefix',
    version({ podLabels: { 'Team/a': 'x' } }),
    /what stands before "\/" in "Team\/a" in podLabels of .* is "Team", which is not a DNS name/,
  ],
  ['an annotation without a name', version({ podAnnotations: { 'a/': 'x' } }), /"a\/" in podAnnotations of .* is no key/],
  ['a probe as Kubernetes writes it', version({ readiness: { httpGet: {} } }), /readiness of .* is none of cdk8s-plus' Probes/],
  ['a volume as Kubernetes writes it', version({ volumes: [{ emptyDir: {} }] }), /volumes of .* has something that is no Volume/],
  [
    'a mount as Kubernetes writes it',
    version({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    /volumeMounts of .* has something else than/,
  ],
  ['a secret by name', version({ pullSecret: { secretName: 'a' } }), /pullSecret of .* is no Secret of cdk8s-plus/],
  ['a version that is a number', (c) => solo(c).version(7), /the version of service "solo" is 7: it has to be text/],
  // adopted services
  [
    'a misspelt property of an adopted service',
    adopt({ version: {} }),
    /"chart\/Old" has no property "version" \(did you mean "versions"/,
  ],
  [
    'a version that is no labels',
    adopt({ versions: { v1: 'blue' } }),
    /version "v1" of "chart\/Old" has to be the labels of its pods/,
  ],
  [
    'an account of a version that there is not',
    adopt({ serviceAccount: { v1: 'a', v2: 'b' } }),
    /serviceAccount of "chart\/Old" names version "v2", which it has not \(it has "v1"\)/,
  ],
  [
    'an account that one version lacks',
    adopt({ versions: { v1: { version: 'v1' }, v2: { version: 'v2' } }, defaultVersion: 'v1', serviceAccount: { v1: 'a' } }),
    /serviceAccount of version "v2" of "chart\/Old" is missing/,
  ],
  [
    'an adopted service whose pods are all of the namespace',
    adopt({ podLabels: {} }),
    /podLabels of "chart\/Old" are empty: they would mean every pod; give those that tell its pods from others/,
  ],
  ['an adopted service whose pods nobody tells', adopt({ podLabels: undefined }), /"chart\/Old" lacks its property "podLabels"/],
  [
    'a Service without a selector',
    (c) => {
      const spec = { ports: [{ name: 'http', port: 80 }], selector: {} };
      new ApiObject(c, 'Bare', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'bare' }, spec });
      MeshService.adoptFrom(c, 'S', { from: c });
    },
    /Service "bare" below "chart" selects no pods/,
  ],
  [
    'adopting one of several Services without saying which',
    (c) => {
      const spec = { ports: [{ name: 'http', port: 80 }], selector: { app: 'x' } };
      for (const name of ['a', 'b']) new ApiObject(c, name, { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
      MeshService.adoptFrom(c, 'S', { from: c });
    },
    /2 Services below "chart": say with name which of "a", "b" is meant/,
  ],
  [
    'adopting where there is no Service',
    (c) => MeshService.adoptFrom(c, 'S', { from: c, name: 'a' }),
    /no Service below "chart" has name "a" \(those that there are: none\)/,
  ],
  [
    "an adopted version whose pods are another's too",
    adopt({ versions: { v1: {}, v2: { version: 'v2' } }, defaultVersion: 'v1' }),
    /versions "v1" and "v2" of "chart\/Old" share pods: those of "v2" \(run=old, version=v2\) have all labels of "v1" \(run=old\).* such as \{ version: 'v1' \}/,
  ],
  [
    'adopted versions with the same labels',
    adopt({ versions: { v1: { version: 'x' }, v2: { version: 'x' } }, defaultVersion: 'v1' }),
    /versions "v1" and "v2" of "chart\/Old" share pods/,
  ],
  [
    'adopting workloads of which one lacks the label',
    orders({ orders: {}, 'orders-v2': { version: 'v2' } }),
    /Deployment "orders" of Service "orders" below "chart" has no label "version" at its pods, and Deployment "orders-v2" has version=v2: .*give its pod template the label/,
  ],
  [
    'adopting workloads whose labels make one version',
    orders({ a: { version: '1.0' }, b: { version: '1_0' } }),
    /pods of Service "orders" below "chart" have version=1\.0 and version=1_0, and both would be version "v1-0"/,
  ],
  [
    'adopting what another app makes',
    (c) => {
      const far = new Chart(new App(), 'far', { namespace: 'far' });
      orders({ orders: {} })(far);
      MeshService.adoptFrom(c, 'Mine', { from: far });
    },
    /what "chart\/Mine" is adopted from: "far" belongs to another app than "chart"/,
  ],
  [
    'adopting from text',
    (c) => MeshService.adoptFrom(c, 'S', { from: 'x.yaml' as any }),
    /has to be a construct: a chart, an Include, a Helm/,
  ],
  [
    'a misspelt question',
    (c) => MeshService.adoptFrom(c, 'S', { from: c, versionlabel: 'x' } as any),
    /"chart\/S" has no property "versionlabel" \(did you mean "versionLabel"/,
  ],
  [
    'a fork of an adopted service without an image',
    (c) => (adopt({})(c) as any).fork({ env: {} }),
    /fork of service "old" has no image, and nothing tells that of an adopted service/,
  ],
  [
    "a fork with an adopted service's own labels",
    (c) => {
      const old = adopt({ podLabels: { run: 'old' } })(c);
      new m.HeaderRoutedDevEnv(c, 'E', {
        name: 'dev1',
        header: 'x',
        forks: [old.fork({ image: 'x', podLabels: { run: 'old' } })],
      });
    },
    /podLabels of the fork "old-dev1" are those that service "old" selects, so everyone's requests would reach it: leave one of "run" out/,
  ],
  // references
  // the Mesh
  [
    'a misspelt property of the Mesh',
    (_c, a) => new m.Mesh(a, 'M', { trustdomain: 'x' } as any),
    /"M" has no property "trustdomain" \(did you mean "trustDomain"/,
  ],
  [
    'a number as Istio',
    (_c, a) => new m.Mesh(a, 'M', { istioVersion: 1.3 as any }),
    /property "istioVersion" of "M" is 1\.3: it has to be text/,
  ],
  [
    'a misspelt gateway',
    (_c, a) => new m.Mesh(a, 'M', { ingress: { label: {} } as any }),
    /ingress of "M" has no property "label" \(did you mean "labels"/,
  ],
  [
    'a provider without a namespace',
    (_c, a) => new m.Mesh(a, 'M', { providers: ['jaeger'] }),
    /provider "jaeger" of "M" has to be namespace\/host/,
  ],
  ['a revision that is none', (_c, a) => new m.Mesh(a, 'M', { revision: 'A B' }), /revision of "M" is "A B"/],
]);

// values that no construct has been given yet
refuses(
  [
    [
      'a service by name whose pods are all of a namespace',
      () => MeshService.fromName({ name: 's', namespace: 'n', labels: {} }),
      /labels of service "s" are empty: they would mean every pod/,
    ],
    [
      'a misspelt reference',
      () => MeshService.fromName({ name: 'a', namespace: 'b', serviceaccount: 'c' } as any),
      /a service reference has no property "serviceaccount"/,
    ],
    [
      'a reference to nowhere',
      () => MeshService.fromName({ name: 'a' } as any),
      /a service reference lacks its property "namespace"/,
    ],
    [
      'a trust domain with a scheme',
      () => MeshService.fromName({ name: 'a', namespace: 'b', trustDomain: 'spiffe://c' }),
      /trustDomain of service "a" is "spiffe:\/\/c"/,
    ],
  ],
  'value',
);
