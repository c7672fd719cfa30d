import { manifestOf } from '../../src/manifests/manifest';
import { parseManifests } from '../../src/manifests/parse';
import { isInjected } from '../../src/model/injection';
import { MeshModel } from '../../src/model/mesh-model';
import { findClient } from '../../src/trace/client';

const namespace = (labels: Record<string, string>) =>
  manifestOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }, () => ({
    file: '',
    line: 0,
    column: 0,
  }));

// Source: istio-discovery's mutatingwebhook.yaml, and pkg/kube/inject/inject.go
test.each<[what: string, labels: Record<string, string> | undefined, pod: Record<string, string>, injected: boolean]>([
  ['no object of the namespace', undefined, {}, true],
  ['no object of the namespace, a pod that refuses', undefined, { 'sidecar.istio.io/inject': 'false' }, false],
  ['a namespace that says nothing', {}, {}, false],
  ['a namespace that says nothing, a pod that asks', {}, { 'sidecar.istio.io/inject': 'true' }, true],
  ['a namespace that says nothing, a pod with a revision', {}, { 'istio.io/rev': 'stable' }, true],
  ['one that asks', { 'istio-injection': 'enabled' }, {}, true],
  ['one with a revision', { 'istio.io/rev': 'stable' }, {}, true],
  ['one that asks, a pod that refuses', { 'istio-injection': 'enabled' }, { 'sidecar.istio.io/inject': 'false' }, false],
  ['one that refuses', { 'istio-injection': 'disabled' }, {}, false],
  ['one that refuses, a pod that asks', { 'istio-injection': 'disabled' }, { 'sidecar.istio.io/inject': 'true' }, false],
  ['one that says neither, a pod that asks', { 'istio-injection': 'true' }, { 'sidecar.istio.io/inject': 'true' }, false],
  ['one that says neither, with a revision', { 'istio-injection': 'true', 'istio.io/rev': 'stable' }, {}, false],
  ['one of ambient mode', { 'istio.io/dataplane-mode': 'ambient' }, {}, true],
])('%s', (_, labels, pod, injected) => {
  const template = { namespace: 'shop', labels: pod, annotations: {}, hostNetwork: false };
  expect(isInjected(labels && namespace(labels), template)).toBe(injected);
});

test.each(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage'])('nobody has a proxy in %s', (name) => {
  const labels = { 'sidecar.istio.io/inject': 'true' };
  expect(isInjected(undefined, { namespace: name, labels, annotations: {}, hostNetwork: false })).toBe(false);
});

test('pods in the network of their node have no proxy', () => {
  const yaml = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec: {template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true, containers: [{name: a, image: a:1}]}}}
`;
  expect(findClient(new MeshModel(parseManifests(yaml, 'x').manifests), 'shop/agent').proxy).toBe('none');
});

test('a workload of a namespace without injection is a client without a proxy', () => {
  const yaml = (label: string) => `
apiVersion: v1
kind: Namespace
metadata: {name: legacy, labels: {istio-injection: ${label}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: batch, namespace: legacy}
spec: {template: {metadata: {labels: {app: batch}}, spec: {containers: [{name: a, image: a:1}]}}}
`;
  const proxy = (label: string) => findClient(new MeshModel(parseManifests(yaml(label), 'x').manifests), 'legacy/batch').proxy;
  expect([proxy('enabled'), proxy('disabled')]).toEqual(['sidecar', 'none']);
});
