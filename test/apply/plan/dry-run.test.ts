import { liveObject } from '../../../src/apply/live';
import { dryRun } from '../../../src/apply/plan/dry-run';
import type { PlannedObject } from '../../../src/apply/plan/planned-object';
import { ApiError } from '../../../src/cluster/api-error';
import type { Call } from '../../../src/cluster/request';
import type { Cluster } from '../../../src/cluster/transport';
import { manifest, VIRTUAL_SERVICES } from '../../order/support';

const MANAGER = 'mesh/default/shop';
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
  live: liveObject(object('1s'), VIRTUAL_SERVICES),
  resource: VIRTUAL_SERVICES,
  body: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: {}, spec: { http: [{ timeout: '1s' }] } },
  force: false,
};

async function asked(planned: PlannedObject, answer: () => object, all = true) {
  const calls: Call[] = [];
  const cluster = {
    send: async (call: Call) => {
      calls.push(call);
      return { status: 200, body: answer(), warnings: [] };
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

test('what the server makes of a field, whatever the files say, is told and not written', async () => {
  const changes = [{ path: '.spec.http', live: [{ timeout: '1s' }], desired: [{ timeout: '2s' }] }];
  const changed = { ...kept, action: 'change' as const, comparison: { changes, unowned: [], conflicts: [], kept: [] } };
  const { p, notes } = await asked(changed, () => object('1s'));
  expect(p.action).toBe('keep');
  expect(notes).toEqual([
    'VirtualService/shop/web stays as it is, though the files say otherwise: the server, or a webhook that it asks, has the last word: .spec.http[0].timeout is "1s", and not "2s"',
  ]);
});

test('a field that would be nobody’s, or ours again, is one', async () => {
  const answer = object('1s');
  answer.metadata.managedFields[0]!.fieldsV1 = { 'f:spec': { 'f:http': {}, 'f:hosts': {} } } as any;
  expect((await asked(kept, () => answer)).p.action).toBe('change');
  // whose weights are a controller's, it owns, too
  const weights = { name: 'Rollout shop/web', kind: 'Rollout', routes: [], differ: false } as const;
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

test('a field that a kind does not have is refused where the server says that the kind stays as it is', async () => {
  const spec = { group: 'example.com', names: { kind: 'Widget' } };
  const crd = manifest('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.example.com', spec, '');
  const resource = (plural: string) => ({ ...VIRTUAL_SERVICES, plural });
  const live = liveObject(
    { ...crd.object, metadata: { ...crd.object.metadata, uid: 'u', resourceVersion: '7' } },
    resource('crds'),
  );
  const widget = manifest('example.com/v1', 'Widget', 'w', { colour: 'red' });
  const change = (key: string, m: typeof crd): PlannedObject =>
    ({
      ...kept,
      key,
      action: 'change',
      manifest: m,
      body: m.object,
      live: key === 'crd' ? live : kept.live,
      resource: resource(key),
    }) as PlannedObject;
  const outcome = async (isGrowing: boolean) => {
    const cluster = {
      send: async ({ path }: Call) => {
        if (path.includes('/crd/')) {
          const { object } = live.manifest;
          return { status: 200, body: isGrowing ? { ...object, spec: { ...object.spec, more: true } } : object, warnings: [] };
        }
        throw new ApiError(500, { kind: 'Status', message: '.spec.colour: field not declared in schema' }, 'Widget/shop/w');
      },
    } as unknown as Cluster;
    const refusals: any[] = [];
    const planned = [change('widgets', widget), change('crd', crd)];
    await dryRun(cluster, MANAGER, planned, { all: true, replace: [], refusals, notes: [], coming: new Set() });
    return refusals.map((r) => r.what);
  };
  expect(await outcome(false)).toEqual(['Widget/shop/w']);
  expect(await outcome(true)).toEqual([]);
});

test('what is refused is named once', async () => {
  const denied = () => {
    throw new ApiError(400, { kind: 'Status', message: 'denied the request: no' }, 'VirtualService/shop/web');
  };
  const { refusals } = await asked({ ...kept, action: 'change' }, denied);
  expect(refusals).toMatchObject([{ what: 'VirtualService/shop/web', message: 'is refused: denied the request: no' }]);
});

test('what becomes of a field that is given up is as the server says: it may fill it in', async () => {
  const given = (live: object, parts: string[]) => ({ path: `.${parts.map((x) => x.slice(2)).join('.')}`, live, parts });
  const before = { ...object('1s', { replicas: 5, type: 'a', gone: 1 }) };
  const p: PlannedObject = {
    ...kept,
    action: 'change',
    live: liveObject(before, VIRTUAL_SERVICES),
    comparison: {
      changes: [
        given(5 as any, ['f:spec', 'f:replicas']),
        given('a' as any, ['f:spec', 'f:type']),
        given(1 as any, ['f:spec', 'f:gone']),
      ],
      unowned: [],
      conflicts: [],
      kept: [],
    },
  };
  const { p: made } = await asked(p, () => object('1s', { replicas: 1, type: 'a' }));
  expect(made.comparison!.changes).toEqual([
    { path: '.spec.replicas', live: 5, desired: 1 },
    { path: '.spec.gone', live: 1 },
  ]);
});

test('what a Secret held is told by its key alone', async () => {
  const secret = manifest('v1', 'Secret', 'pw', {}, 'shop');
  const live = liveObject(
    { ...object('1s'), data: { a: 'eA==', b: 'eQ==' } },
    { ...VIRTUAL_SERVICES, kind: 'Secret', group: '', version: 'v1' },
  );
  const p: PlannedObject = {
    ...kept,
    action: 'change',
    manifest: secret,
    live,
    comparison: { changes: [{ path: '.data', live: '(hidden)', parts: ['f:data'] }], unowned: [], conflicts: [], kept: [] },
  };
  const { p: made } = await asked(p, () => ({ ...object('1s'), data: { a: 'eg==' } }));
  expect(made.comparison!.changes).toEqual([{ path: '.data.b', live: '(hidden)' }]);
});

test('what cannot change, and what would be wrong anew, too, are told apart', async () => {
  const cause = (field: string, message: string) => ({ reason: 'FieldValueInvalid', field, message });
  const error = (...causes: object[]) =>
    new ApiError(422, { kind: 'Status', message: 'is invalid', details: { causes } }, 'VirtualService/shop/web');
  const type = cause('type', 'Invalid value: "b": field is immutable');
  const missing = cause('data[username]', 'Required value');
  const change: PlannedObject = { ...kept, action: 'change' };
  const told = async (...causes: object[]) => {
    const { refusals } = await asked(change, () => {
      throw error(...causes);
    });
    return refusals.map((r) => r.message);
  };
  expect(await told(type)).toEqual([
    'type cannot change once it is there: --replace VirtualService/shop/web deletes it and makes it anew, and it is missing in between',
  ]);
  expect((await told(cause('spec.size', 'Invalid value: 2: failed rule: self >= oldSelf')))[0]).toMatch(
    /^spec\.size cannot change so once it is there \(Invalid value: 2: failed rule: self >= oldSelf\): --replace /,
  );
  expect((await told(type, missing))[0]).toMatch(
    /^type cannot change once it is there: --replace .*; but it would be refused anew, too: data\[username\]: Required value$/,
  );
});
