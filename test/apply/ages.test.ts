import { traffic } from '../../src/apply/plan/preflight';
import { parseManifests } from '../../src/manifests/parse';
import { linesOf } from '../diff/support';

const BASE = `
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}}}
`;
const vs = (name: string, status: number, created = '') =>
  `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: ${name}, namespace: a${created && `, creationTimestamp: "${created}"`}}, spec: {hosts: [web], http: [{directResponse: {status: ${status}}}]}}`;
const manifests = (...objects: string[]) => parseManifests([BASE, ...objects].join('\n---\n'), 'mesh.yaml').manifests;
const says = (before: readonly string[], after: readonly string[]) =>
  linesOf(traffic({ before: manifests(...before), after: manifests(...after) }));

const [older, younger] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];

test('what a plan changes keeps the age that it has in the cluster', () => {
  const live = [vs('one', 201, older), vs('two', 202, younger)];
  expect(says(live, [vs('one', 201, older), vs('two', 204)])).toEqual([]);
  expect(says(live, [vs('one', 205), vs('two', 202, younger)])).toEqual([expect.stringContaining('201')]);
});

test('what a plan creates is younger than all that is there', () =>
  expect(says([vs('one', 201, older)], [vs('one', 201, older), vs('a-new', 202)])).toEqual([]));
