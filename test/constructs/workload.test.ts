import { type Chart, Lazy, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { HeaderRoutedDevEnv, MeshService, Port } from '../../src';
import { newChart, object, yamlOf } from './support';

/** A chart with one service. */
function chartOf(props: object): Chart {
  const c = newChart();
  new MeshService(c, 'S', props as any);
  return c;
}

/** The pod of a version with these properties. */
function podOf(props: object, change: (d: kplus.Deployment) => void = () => {}): any {
  const c = newChart();
  const s = new MeshService(c, 'S', { port: Port.http(80), versions: { v1: { image: 'x:1', ...props } } });
  change(s.version('v1').deployment);
  return object(c, 'Deployment', 's-v1').spec.template.spec;
}

describe('security contexts', () => {
  test('nothing said: no privilege escalation', () => {
    const pod = podOf({});
    expect(pod.securityContext).toBeUndefined();
    expect(pod.containers[0].securityContext).toEqual({ allowPrivilegeEscalation: false });
  });

  test.each([
    [
      { user: 1000, group: 2000 },
      { allowPrivilegeEscalation: false, runAsUser: 1000, runAsGroup: 2000 },
    ],
    [{ ensureNonRoot: false }, { allowPrivilegeEscalation: false, runAsNonRoot: false }],
    [{ readOnlyRootFilesystem: false }, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: false }],
    [{ allowPrivilegeEscalation: true }, { allowPrivilegeEscalation: true }],
    [
      { privileged: true, allowPrivilegeEscalation: true },
      { privileged: true, allowPrivilegeEscalation: true },
    ],
    [
      { capabilities: { add: [kplus.Capability.NET_ADMIN] } },
      { allowPrivilegeEscalation: false, capabilities: { add: [kplus.Capability.NET_ADMIN] } },
    ],
  ])('what the container asks for stands, and no more comes: %j', (securityContext, says) =>
    expect(JSON.parse(JSON.stringify(podOf({ securityContext }).containers[0].securityContext))).toEqual(says),
  );

  test("hardened: cdk8s-plus' strict one, with what is asked for over it", () => {
    const pod = podOf({ hardened: true, securityContext: { readOnlyRootFilesystem: false } });
    expect(pod.containers[0].securityContext).toMatchObject({ runAsNonRoot: true, readOnlyRootFilesystem: false });
    expect(pod.securityContext).toEqual({ runAsNonRoot: true });
  });

  test("the pod's stands", () => {
    expect(podOf({ podSecurityContext: { fsGroup: 3000 } }).securityContext).toEqual({ fsGroup: 3000 });
    expect(podOf({ podSecurityContext: { ensureNonRoot: false } }).securityContext).toEqual({ runAsNonRoot: false });
    expect(podOf({ hardened: true, podSecurityContext: { user: 7 } }).securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 7,
    });
  });

  test('a container that is added to the Deployment stays as it was made', () => {
    const pod = podOf({}, (d) =>
      d.addContainer({
        image: 'side',
        name: 'side',
        securityContext: { user: 5, ensureNonRoot: true },
        imagePullPolicy: kplus.ImagePullPolicy.ALWAYS,
        portNumber: 9,
      }),
    );
    expect(pod.containers[1]).toMatchObject({
      imagePullPolicy: 'Always',
      securityContext: { runAsUser: 5, runAsNonRoot: true, readOnlyRootFilesystem: true },
    });
    expect(pod.containers[0].securityContext).toEqual({ allowPrivilegeEscalation: false });
  });
});

describe('probes and lifecycle actions without a port', () => {
  const portOf = (port: Port, props: object) =>
    object(chartOf({ port, versions: { v1: { image: 'x:1', ...props } } }), 'Deployment', 's-v1').spec.template.spec
      .containers[0];

  test.each(['readiness', 'liveness', 'startup'] as const)("%s asks the container's port, not the Service's", (kind) => {
    const port = Port.http(80, { target: 8080 });
    expect(portOf(port, { [kind]: kplus.Probe.fromHttpGet('/r') })[`${kind}Probe`].httpGet.port).toBe(8080);
    expect(portOf(port, { [kind]: kplus.Probe.fromTcpSocket() })[`${kind}Probe`].tcpSocket.port).toBe(8080);
    expect(portOf(port, { [kind]: kplus.Probe.fromHttpGet('/r', { port: 9 }) })[`${kind}Probe`].httpGet.port).toBe(9);
  });

  test('so does a lifecycle action', () => {
    const c = portOf(Port.grpc(50051), { lifecycle: { preStop: kplus.Handler.fromHttpGet('/bye') } });
    expect(c.lifecycle.preStop.httpGet.port).toBe(50051);
  });

  test('the port keeps its name, and no probe comes by itself', () => {
    const c = portOf(Port.http(80, { target: 8080 }), {});
    expect(c.ports).toEqual([{ containerPort: 8080, name: 'http' }]);
    expect(c.startupProbe).toBeUndefined();
  });
});

describe('two ports with one target', () => {
  const ports = [Port.http(80, { target: 8080 }), Port.http(8080, { name: 'http-alt' })];

  test('the Service has both, the container one', () => {
    const c = chartOf({ ports, versions: { v1: { image: 'x:1' } } });
    expect(object(c, 'Service', 's').spec.ports).toEqual([
      { appProtocol: 'http', name: 'http', port: 80, targetPort: 8080 },
      { appProtocol: 'http', name: 'http-alt', port: 8080 },
    ]);
    const [container] = object(c, 'Deployment', 's-v1').spec.template.spec.containers;
    expect(container.ports).toEqual([{ containerPort: 8080, name: 'http' }]);
  });

  test("so has a fork's", () => {
    const c = newChart();
    const s = new MeshService(c, 'S', { ports, versions: { v1: { image: 'x:1' } } });
    new HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x-dev', forks: [s.fork({ image: 'x:2' })] });
    const [container] = object(c, 'Deployment', 's-dev1').spec.template.spec.containers;
    expect(container.ports).toEqual([{ containerPort: 8080, name: 'http' }]);
    expect(object(c, 'Service', 's-dev1').spec.ports).toHaveLength(2);
  });
});

describe('what cdk8s-plus selects the pods by', () => {
  const ours = { matchLabels: { app: 's', version: 'v1' } };
  /** Of two services, `s` and `t`. */
  function changed(change: (s: kplus.Deployment, t: kplus.Deployment, c: Chart) => void): Chart {
    const c = newChart();
    const [s, t] = ['S', 'T'].map(
      (id) => new MeshService(c, id, { port: Port.http(80), versions: { v1: { image: 'x:1', podLabels: { tier: 'web' } } } }),
    );
    change(s!.version('v1').deployment, t!.version('v1').deployment, c);
    const pods = object(c, 'Deployment', 's-v1').spec;
    expect(pods.selector).toEqual(ours);
    expect(pods.template.metadata.labels).toMatchObject({ ...ours.matchLabels, tier: 'web' });
    expect(yamlOf(c)).not.toContain(kplus.Pod.ADDRESS_LABEL);
    return c;
  }

  test('a NetworkPolicy', () => {
    const c = changed((s, t, chart) => {
      const policy = new kplus.NetworkPolicy(chart, 'NP', { metadata: { name: 'np' }, selector: s });
      policy.addIngressRule(t);
    });
    expect(object(c, 'NetworkPolicy', 'np').spec).toMatchObject({
      podSelector: ours,
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 't', version: 'v1' } } }] }],
    });
  });

  test('a Service', () => {
    const c = changed((s) => s.exposeViaService({ name: 'metrics' }));
    expect(object(c, 'Service', 'metrics').spec.selector).toEqual(ours.matchLabels);
  });

  test('scheduling', () => {
    const c = changed((s, t) => {
      s.scheduling.colocate(t);
      s.scheduling.separate(s);
      t.scheduling.spread();
    });
    const { podAffinity, podAntiAffinity } = object(c, 'Deployment', 's-v1').spec.template.spec.affinity;
    const selector = (a: any) => a.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector;
    expect(selector(podAffinity)).toEqual({ matchLabels: { app: 't', version: 'v1' } });
    expect(selector(podAntiAffinity)).toEqual(ours);
    expect(selector(object(c, 'Deployment', 't-v1').spec.template.spec.affinity.podAntiAffinity).matchLabels.app).toBe('t');
  });

  test('connections', () => {
    const c = changed((s, t) => s.connections.allowFrom(t));
    const policies = c.toJson().filter((o: any) => o.kind === 'NetworkPolicy') as any[];
    expect(policies.map((p) => p.spec.podSelector.matchLabels.app).sort()).toEqual(['s', 't']);
    expect(policies.every((p) => p.spec.podSelector.matchLabels.version === 'v1')).toBe(true);
  });

  test('the Deployment itself, and what it is told to select by besides', () => {
    const c = newChart();
    const s = new MeshService(c, 'S', { port: Port.http(80), versions: { v1: { image: 'x:1', podLabels: { tier: 'web' } } } });
    const { deployment } = s.version('v1');
    expect(deployment.matchLabels).toEqual(ours.matchLabels);
    deployment.select(kplus.LabelSelector.of({ labels: { tier: 'web' } }));
    expect(object(c, 'Deployment', 's-v1').spec.selector.matchLabels).toEqual({ ...ours.matchLabels, tier: 'web' });
  });

  test('metadata of the pods is written as cdk8s-plus writes it, tokens and fields of its own included', () => {
    const say = (d: kplus.Deployment) => {
      d.podMetadata.addAnnotation('late', Lazy.any({ produce: () => 'said' }) as any);
      d.podMetadata.addFinalizers('f');
      d.podMetadata.add('newField', { b: 1, a: Lazy.any({ produce: () => [2] }) });
      d.podMetadata.add('empty', {});
      return d;
    };
    const c = newChart();
    say(new MeshService(c, 'S', { port: Port.http(80), versions: { v1: { image: 'x:1' } } }).version('v1').deployment);
    say(new kplus.Deployment(c, 'Plus', { metadata: { name: 'plus' }, podMetadata: {}, containers: [{ image: 'x:1' }] }));
    const podOf = (name: string) => object(c, 'Deployment', name).spec.template.metadata;
    const { labels, newField, ...rest } = podOf('s-v1');
    expect(labels).toMatchObject({ app: 's', version: 'v1' });
    expect(rest).toEqual({ annotations: { late: 'said' }, finalizers: ['f'] });
    expect({ ...podOf('plus'), labels }).toEqual({ ...rest, labels });
    // which cdk8s-plus itself drops
    expect(newField).toEqual({ a: [2], b: 1 });
  });

  test("a fork's, by the labels that tell it from the service", () => {
    const c = newChart();
    const s = new MeshService(c, 'S', { port: Port.http(80), versions: { v1: { image: 'x:1' } } });
    const env = new HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x-dev', forks: [s.fork({ image: 'x:2' })] });
    const fork = env.node.findAll().find((n) => n instanceof kplus.Deployment) as kplus.Deployment;
    fork.exposeViaService({ name: 'metrics' });
    expect(object(c, 'Service', 'metrics').spec.selector).toEqual({
      app: 's-dev1',
      version: 'dev1',
      'mesh.cdk8s.io/environment': 'dev1',
    });
  });
});

test('what a version may say is rendered as it is', () => {
  const c = newChart();
  new MeshService(c, 'S', {
    port: Port.http(80),
    versions: {
      v1: {
        image: 'x:1',
        name: 'web',
        replicas: 2,
        minAvailable: 1,
        envFrom: [kplus.Env.fromConfigMap(kplus.ConfigMap.fromConfigMapName(c, 'Config', 'config'))],
        podLabels: { tier: 'web', 'example.com/Team_1': '' },
        podAnnotations: { 'Example.com/note': 'any text!' },
        resources: {
          cpu: { request: kplus.Cpu.millis(100), limit: kplus.Cpu.units(1) },
          memory: { limit: Size.mebibytes(64) },
          ephemeralStorage: { request: Size.gibibytes(1) },
        },
      },
    },
  });
  const { metadata, spec } = object(c, 'Deployment', 's-v1').spec.template;
  expect(metadata).toMatchObject({
    labels: { tier: 'web', 'example.com/Team_1': '', app: 's' },
    annotations: { 'Example.com/note': 'any text!' },
  });
  expect(spec.containers[0]).toMatchObject({
    name: 'web',
    envFrom: [{ configMapRef: { name: 'config' } }],
    resources: { requests: { cpu: '100m', 'ephemeral-storage': '1Gi' }, limits: { cpu: '1', memory: '64Mi' } },
  });
  expect(object(c, 'PodDisruptionBudget', 's-v1').spec.minAvailable).toBe(1);
});
