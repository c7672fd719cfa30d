import { companyNotes, withCompany } from '../../../src/apply/plan/alongside';
import type { PlannedObject } from '../../../src/apply/plan/planned-object';
import { ApiError } from '../../../src/cluster/api-error';
import { Discovery } from '../../../src/cluster/discovery';
import type { Call } from '../../../src/cluster/request';
import type { Cluster } from '../../../src/cluster/transport';
import { manifest } from '../../order/support';

const kind = (group: string, name: string, plural: string) => ({
  group,
  version: 'v1',
  kind: name,
  plural,
  namespaced: true,
  verbs: ['list', 'delete'],
});
const discovery = new Discovery([kind('', 'Secret', 'secrets'), kind('lab.example.com', 'Widget', 'widgets')]);
const deleted: PlannedObject = {
  key: 'Namespace shop',
  action: 'delete',
  manifest: manifest('v1', 'Namespace', 'shop', {}, ''),
  resource: undefined,
  force: false,
};

/** What is said where the server refuses to list the widgets. */
async function notes(status: number, message: string): Promise<string[]> {
  const send = async ({ path, what }: Call) => {
    if (path.endsWith('/widgets')) throw new ApiError(status, { kind: 'Status', message }, what);
    return { status: 200, body: { items: [{ metadata: { name: 'theirs' } }] } };
  };
  return companyNotes(await withCompany({ send } as unknown as Cluster, [deleted], discovery, 'id'));
}

test('a kind that the server cannot list hinders no plan, and is told', async () => {
  const others = 'Namespace/shop is deleted with what goes with it and is not of the set: 1 Secret (theirs)';
  expect(await notes(500, 'conversion webhook for lab.example.com/v1, Kind=Widget failed: connection refused')).toEqual([
    others,
    expect.stringMatching(/^what else goes with Namespace\/shop is not known, .*widgets\.lab\.example\.com: conversion webhook/),
  ]);
  expect(await notes(403, 'forbidden')).toEqual([others, expect.stringMatching(/^you may not list widgets/)]);
  expect(await notes(404, 'not found')).toEqual([others]);
  await expect(notes(401, 'unauthorized')).rejects.toThrow(ApiError);
});

test('with a kind go all of its objects that are not of the set, wherever they are', async () => {
  const crd = manifest(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'widgets.lab.example.com',
    { group: 'lab.example.com', names: { kind: 'Widget', plural: 'widgets' } },
    '',
  );
  const asked: string[] = [];
  const ours = { name: 'ours', namespace: 'a', labels: { 'applyset.kubernetes.io/part-of': 'id' } };
  // what a controller made of something else is lost, too
  const made = { name: 'made', namespace: 'b', ownerReferences: [{ controller: true }] };
  const send = async ({ path }: Call) => {
    asked.push(path);
    return { status: 200, body: { items: [ours, { name: 'theirs', namespace: 'a' }, made].map((metadata) => ({ metadata })) } };
  };
  const told = await withCompany({ send } as unknown as Cluster, [{ ...deleted, manifest: crd }], discovery, 'id');
  expect(asked).toEqual(['/apis/lab.example.com/v1/widgets']);
  expect(companyNotes(told)).toEqual([
    'CustomResourceDefinition/widgets.lab.example.com is deleted with what goes with it and is not of the set: 2 Widgets (a/theirs, b/made)',
  ]);
});
