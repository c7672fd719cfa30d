import { ApiError } from '../../src/apply/api-error';
import { dryRun } from '../../src/apply/dry-run';
import { liveObject } from '../../src/apply/live';
import type { PlannedObject } from '../../src/apply/planned-object';
import type { Call } from '../../src/apply/request';
import type { Cluster } from '../../src/apply/transport';
import { manifest } from './support';

const MANAGER = 'mesh/default/shop';
const VS = {
  group: 'networking.istio.io',
  version: 'v1',
  kind: 'VirtualService',
  plural: 'virtualservices',
  namespaced: true,
  verbs: ['patch'],
};
const object = (timeout: string, more: object = {}) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '7',
    managedFields: [
      { manager: MANAGER, operation: 'Apply', apiVersion: 'networking.istio.io/v1', fieldsV1: { 'f:spec': { 'f:http': {} } } },
    ],
  },
  spec: { http: [{ timeout }], ...more },
});

const kept: PlannedObject = {
  key: 'k',
  action: 'keep',
  manifest: manifest('networking.istio.io/v1', 'VirtualService', 'web', { http: [{ timeout: '1s' }] }, 'shop'),
  live: liveObject(object('1s'), VS),
  resource: VS,
  body: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: {}, spec: { http: [{ timeout: '1s' }] } },
  force: false,
};

async function asked(planned: PlannedObject, answer: () => object, all = true) {
  const calls: Call[] = [];
  const cluster = {
    send: async (call: Call) => {
      calls.push(call);
      return { status: 200, body: answer() };
    },
  } as unknown as Cluster;
  const [refusals, notes] = [[] as any[], [] as string[]];
  const [p] = await dryRun(cluster, MANAGER, [planned], { all, replace: [], refusals, notes, coming: new Set() });
  return { p: p!, calls, refusals, notes };
}

test('what is as the files say is asked about, too, where all is to be verified, and stays as it is', async () => {
  const { p, calls } = await asked(kept, () => object('1s'));
  expect(calls.map((c) => [c.method, c.query?.dryRun])).toEqual([['PATCH', 'All']]);
  expect(p.action).toBe('keep');
  expect((await asked(kept, () => object('1s'), false)).calls).toEqual([]);
});

test('what the server would make otherwise today is a change, with the fields', async () => {
  const { p } = await asked(kept, () => object('1s', { exportTo: ['.'] }));
  expect([p.action, p.comparison?.changes]).toEqual(['change', [{ path: '.spec.exportTo', desired: ['.'] }]]);
});

test('a field that would be nobody’s, or ours again, is one', async () => {
  const answer = object('1s');
  answer.metadata.managedFields[0]!.fieldsV1 = { 'f:spec': { 'f:http': {}, 'f:hosts': {} } } as any;
  expect((await asked(kept, () => answer)).p.action).toBe('change');
  // whose weights are a controller's, it owns, too
  const weights = { name: 'Rollout shop/web', kind: 'Rollout', routes: [] } as const;
  expect((await asked({ ...kept, weights }, () => answer)).p.action).toBe('keep');
});

test('what would be refused now, and need not be written, is told, and hinders nothing', async () => {
  const denied = () => {
    throw new ApiError(400, { kind: 'Status', message: 'admission webhook "check.example.com" denied the request: no' }, 'x');
  };
  const { p, refusals, notes } = await asked(kept, denied);
  expect([p.action, refusals]).toEqual(['keep', []]);
  expect(notes).toEqual([
    expect.stringMatching(/^VirtualService\/shop\/web is as in the files, and would be refused .*denied the request: no$/),
  ]);
});
