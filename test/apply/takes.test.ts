import { idOf } from '../../src/apply/apply-set';
import { notesOfOthers } from '../../src/apply/by-hand';
import { type LiveObject, liveObject } from '../../src/apply/live';
import { type Contested, idle, isFieldNamed, objectsOf, strangers, taking, unmatched } from '../../src/apply/named';
import { setOf, stillMarked } from '../../src/apply/owners';
import type { Desired } from '../../src/apply/plan/desired';
import { type PlannedObject, planOne, type Refusal, takenFrom } from '../../src/apply/plan/planned-object';
import { manifest, VIRTUAL_SERVICES } from '../order/support';

const SET = { namespace: 'default', name: 'shop' };
const ID = idOf(SET);
const PART_OF = 'applyset.kubernetes.io/part-of';

const HELM = {
  labels: { 'app.kubernetes.io/managed-by': 'Helm' },
  annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'ops' },
};
const ARGO = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:networking.istio.io/VirtualService:shop/a' } };

const writer = (manager: string, fields: object = { 'f:spec': { 'f:http': {} } }, operation = 'Update') => ({
  manager,
  operation,
  apiVersion: 'networking.istio.io/v1',
  fieldsV1: fields,
});
const live = (name: string, metadata: object, timeout = '1s'): LiveObject =>
  liveObject(
    { metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1', ...metadata }, spec: { http: [{ timeout }] } },
    VIRTUAL_SERVICES,
  );
const desired = (name: string): Desired => {
  const m = manifest('networking.istio.io/v1', 'VirtualService', name, { http: [{ timeout: '2s' }] }, 'shop');
  const body = { ...m.object, metadata: { name, namespace: 'shop', labels: { [PART_OF]: ID } } };
  return { key: `networking.istio.io/VirtualService shop/${name}`, manifest: m, body, resource: VIRTUAL_SERVICES };
};

function planned(objects: readonly LiveObject[], ...take: string[]) {
  const refusals: Refusal[] = [];
  const owners = new Set<string>();
  const contested: Contested[] = [];
  const taken = take.map(taking);
  const plans = objects.map((l) =>
    planOne(desired(l.manifest.name), l, { manager: 'mesh/default/shop', id: ID, take: taken, refusals, owners, contested }),
  );
  const own = objectsOf(taken);
  const notes = [...unmatched({ take: own }, plans), ...strangers(taken, owners), ...idle(own, contested)];
  return { plans, refusals, notes, refused: refusals.map((r) => [r.what, ...(r.owners ?? [])]) };
}
const said = (p: PlannedObject) => [p.manifest.name, p.action, p.from, ...takenFrom(p).map((c) => `${c.path} ${c.manager}`)];

const MANY = [
  live('a', { ...HELM, managedFields: [writer('helm')] }),
  live('b', { ...HELM, managedFields: [writer('helm'), writer('kubectl-edit')] }),
  live('c', { ...ARGO, managedFields: [writer('argocd-controller', undefined, 'Apply')] }),
  live('d', { managedFields: [writer('ci')] }),
  live('e', {
    labels: { [PART_OF]: idOf({ namespace: 'team-a', name: 'web' }) },
    managedFields: [writer('mesh/team-a/web', undefined, 'Apply')],
  }),
];

test('each is refused, for who can be said once', () =>
  expect(planned(MANY).refused).toEqual([
    ['VirtualService/shop/a', 'helm/ops/web'],
    ['VirtualService/shop/b', 'helm/ops/web'],
    ['VirtualService/shop/c', 'argocd/shop'],
    ['VirtualService/shop/d', 'ci'],
    ['VirtualService/shop/e', 'mesh/team-a/web'],
  ]));

test('what a release has is taken over, and what somebody else has of it is not', () => {
  const { plans, refused, notes } = planned(MANY, 'from=helm/ops/web');
  expect(refused).toEqual([
    ['VirtualService/shop/b', 'kubectl-edit'],
    ['VirtualService/shop/c', 'argocd/shop'],
    ['VirtualService/shop/d', 'ci'],
    ['VirtualService/shop/e', 'mesh/team-a/web'],
  ]);
  expect(said(plans[0]!)).toEqual(['a', 'take over', 'Helm release "web"', '.spec.http helm']);
  expect(notes).toEqual([]);
});

test.each([
  ['from=argocd/shop', 'c', `Argo CD's Application "shop"`, '.spec.http argocd-controller'],
  ['from=ci', 'd', 'ci', '.spec.http ci'],
  ['from=mesh/team-a/web', 'e', 'another set, team-a/web', '.spec.http mesh/team-a/web'],
])('%s', (take, name, from, taken) => {
  const { plans, refused } = planned(MANY, take);
  expect(refused.map(([what]) => what)).toEqual(
    ['a', 'b', 'c', 'd', 'e'].filter((n) => n !== name).map((n) => `VirtualService/shop/${n}`),
  );
  expect(plans.filter((p) => p.action === 'take over').map(said)).toEqual([[name, 'take over', from, taken]]);
});

test.each<[string, object, string]>([
  [
    "Argo CD's by the label that it writes itself",
    { labels: { 'app.kubernetes.io/instance': 'shop' }, managedFields: [writer('argocd-controller', undefined, 'Apply')] },
    'argocd/shop',
  ],
  [
    'a HelmRelease, which Helm marks, too',
    {
      labels: { ...HELM.labels, 'helm.toolkit.fluxcd.io/name': 'web', 'helm.toolkit.fluxcd.io/namespace': 'flux-system' },
      annotations: HELM.annotations,
      managedFields: [writer('helm-controller')],
    },
    'flux/flux-system/web',
  ],
])('%s', (_, metadata, owner) => {
  const one = live('a', metadata);
  expect(planned([one]).refused).toEqual([['VirtualService/shop/a', owner]]);
  const { plans, refused } = planned([one], `from=${owner}`);
  expect([refused, plans.map((p) => p.action)]).toEqual([[], ['take over']]);
});

test('the label that Argo CD writes is no mark where others write it', () =>
  expect(
    planned([live('a', { labels: { 'app.kubernetes.io/instance': 'shop' }, managedFields: [writer('ci')] })]).refused,
  ).toEqual([['VirtualService/shop/a', 'ci']]));

test('what is taken over keeps what others have of it and no file says, and that is told', () => {
  const one = live('d', { managedFields: [writer('ci', { 'f:spec': { 'f:http': {}, 'f:tls': { 'f:mode': {} } } })] });
  expect(notesOfOthers(planned([one], 'from=ci').plans, 'mesh/default/shop')).toEqual([
    'VirtualService/shop/d keeps what ci has of it and no file says: .spec.tls.mode; write it into the files, or take it out by hand',
  ]);
  expect(notesOfOthers(planned(MANY, 'from=ci').plans, 'mesh/default/shop')).toEqual([]);
});

test('labels that it keeps are told, too', () => {
  const one = live('d', {
    managedFields: [writer('ci', { 'f:spec': { 'f:http': {} }, 'f:metadata': { 'f:labels': { 'f:team': {} } } })],
  });
  expect(notesOfOthers(planned([one], 'from=ci').plans, 'mesh/default/shop')).toEqual([
    expect.stringContaining('VirtualService/shop/d keeps what ci has of it and no file says: .metadata.labels.team;'),
  ]);
});

test("an object from which the label of the set was taken is the set's still", () => {
  const ours = live('a', { managedFields: [writer('mesh/default/shop', { 'f:spec': { 'f:http': {} } }, 'Apply')] });
  expect(planned([ours]).plans.map((p) => p.action)).toEqual(['change']);
});

test('the quotes of a key, which a shell takes, may be missing', () => {
  const image = '.spec.template.spec.containers[name="main"].image';
  const named = { kind: 'Deployment', namespace: 'shop', name: 'web', text: '' };
  const path = image.replaceAll('"', '');
  expect(isFieldNamed([{ ...named, path }], named, image)).toBe(true);
  expect(isFieldNamed([{ ...named, path: path.replace('main', 'side') }], named, image)).toBe(false);
});

test('several owners, and one object besides', () =>
  expect(
    planned(MANY, 'from=helm/ops/web', 'from=kubectl-edit', 'from=ci', 'from=argocd/shop', 'VirtualService/shop/e').refused,
  ).toEqual([]));

test('an owner that owns nothing is told, with who may be meant', () =>
  expect(planned(MANY, 'from=helm/ops/wep').notes).toEqual([
    '"from=helm/ops/wep", of whom all is to be taken, owns nothing that the files say otherwise (did you mean "helm/ops/web"?)',
  ]));

test('a field is taken with all that has one owner: a part of it, or what nobody else says otherwise, is told', () => {
  const d = 'VirtualService/shop/d';
  const notes = (path: string) => planned(MANY, `${d}:${path}`).notes;
  const whole = (path: string) =>
    `"${d}:${path}", which is to be taken over, is a part of .spec.http, which is owned as a whole: say ${d}:.spec.http`;
  expect(notes('.spec.http[0].timeout')).toEqual([whole('.spec.http[0].timeout')]);
  expect(notes('.spec.htp')).toEqual([
    `"${d}:.spec.htp", which is to be taken over, is no field that others own and the files say otherwise (did you mean ".spec.http"?)`,
  ]);
  expect(notes('.spec.http')).toEqual([]);
  expect(notes('.spec')).toEqual([]);
  expect(planned(MANY, d).notes).toEqual([]);
});

test('of a kind that is not there, or as kubectl shortens it, it is told which is meant', () =>
  expect(planned(MANY, 'vs/shop/d').notes).toEqual([
    '"vs/shop/d", which is to be taken over, is no object of the files or of the set (did you mean "VirtualService/shop/d"?)',
  ]));

test('what was taken once is ours, and it is said that the tool may write again', () => {
  const ours = live('a', {
    ...HELM,
    labels: { ...HELM.labels, [PART_OF]: ID },
    managedFields: [writer('mesh/default/shop', undefined, 'Apply')],
  });
  const { plans, refused } = planned([ours]);
  expect([refused, plans[0]!.action]).toEqual([[], 'change']);
  expect(stillMarked([ours.manifest], ID)).toEqual([
    expect.stringMatching(/^1 object of the set still has the marks of Helm release "web", which may undo what is written: /),
  ]);
  expect(stillMarked([MANY[0]!.manifest], ID)).toEqual([]);
});

test('nobody is no owner', () => expect(() => taking('from=')).toThrow('names no owner'));

test('a set that the object was of before is not the one that it is of', () => {
  const twice = live('f', {
    labels: { [PART_OF]: idOf({ namespace: 'team-b', name: 'web' }) },
    managedFields: [writer('mesh/team-a/web', undefined, 'Apply'), writer('mesh/team-b/web', undefined, 'Apply')],
  });
  expect(setOf(twice.manifest)).toEqual({ name: 'another set, team-b/web', id: 'mesh/team-b/web' });
  expect(setOf(live('g', { labels: { [PART_OF]: 'applyset-x-v1' } }).manifest)).toEqual({
    name: 'another set (applyset-x-v1)',
    id: 'applyset-x-v1',
  });
});

describe('what is taken over is ours, and what no file says of it goes', () => {
  const trees = { 'f:metadata': { 'f:annotations': { 'f:mark': {} } }, 'f:spec': { 'f:http': {}, 'f:hosts': {} } };
  const more = (metadata: object): LiveObject => {
    const l = live('a', metadata);
    const object = structuredClone(l.manifest.object) as any;
    object.spec.hosts = ['a'];
    object.metadata.annotations = { ...HELM.annotations, mark: 'x' };
    return { ...l, manifest: { ...l.manifest, object } };
  };
  const gone = (p: PlannedObject) =>
    p
      .comparison!.changes.map((c) => c.path)
      .filter((path) => /hosts|annotations$/.test(path))
      .sort();
  const id = idOf({ namespace: 'team-a', name: 'web' });

  test.each([
    ['kubectl', { managedFields: [writer('kubectl-client-side-apply', trees)] }, [], ['.metadata.annotations', '.spec.hosts']],
    [
      'another set',
      { labels: { [PART_OF]: id }, managedFields: [writer('mesh/team-a/web', trees, 'Apply')] },
      ['from=mesh/team-a/web'],
      ['.metadata.annotations', '.spec.hosts'],
    ],
    ['Helm, whose marks stay', { ...HELM, managedFields: [writer('helm', trees)] }, ['from=helm/ops/web'], ['.spec.hosts']],
    ['nobody in particular', { managedFields: [writer('ci', trees)] }, ['from=ci'], []],
  ])('from %s', (_, metadata, take, paths) => {
    const [p] = planned([more(metadata)], ...take).plans;
    expect([p!.action, gone(p!)]).toEqual(['take over', paths]);
  });
});

test('what is being deleted is not as the files say: it is refused, with what holds it', () => {
  const going = live('a', {
    labels: { [PART_OF]: ID },
    managedFields: [writer('mesh/default/shop', undefined, 'Apply')],
    deletionTimestamp: '2026-11-22T00:00:00Z',
    finalizers: ['x.io/y'],
  });
  const { plans, refusals } = planned([going]);
  expect([plans[0]!.action, refusals.map((r) => r.message)]).toEqual([
    'change',
    [
      'is being deleted since 2026-11-22T00:00:00Z, held by its finalizers (x.io/y): apply again when it is gone, and it is made anew',
    ],
  ]);
});
