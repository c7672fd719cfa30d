import { liveObject } from '../../../src/apply/live';
import type { Plan } from '../../../src/apply/plan/plan';
import { moved, planFile, planId } from '../../../src/apply/plan/plan-json';
import type { PlannedObject } from '../../../src/apply/plan/planned-object';
import { keyOf } from '../../../src/manifests/key-of';
import { manifest, VIRTUAL_SERVICES } from '../../order/support';

const SERVER = 'https://cluster/';
const MANAGER = 'mesh/default/shop';
const writer = (manager: string, operation: string, time: string, fieldsV1: object = { 'f:spec': { 'f:http': {} } }) => ({
  manager,
  operation,
  apiVersion: 'v1',
  time,
  fieldsV1,
});

/** What is done with an object whose metadata are these besides. */
function planned(action: PlannedObject['action'], apiVersion: string, kind: string, metadata: object): PlannedObject {
  const m = manifest(apiVersion, kind, 'web', {});
  const body = { ...m.object, spec: { http: [] } };
  const object = { ...m.object, metadata: { ...m.object.metadata, uid: 'u', resourceVersion: '7', ...metadata } };
  return {
    key: keyOf(m),
    action,
    manifest: m,
    live: liveObject(object, VIRTUAL_SERVICES),
    resource: undefined,
    body,
    force: false,
  };
}

const planOf = (p: PlannedObject, more: Partial<Plan> = {}): Plan =>
  ({ set: { namespace: 'default', name: 'shop' }, manager: MANAGER, objects: [p], phases: [{}], ...more }) as unknown as Plan;

/** What moved from the one to the other, where a run of the approved plan was broken off in between, or one of another. */
function movedTo(before: PlannedObject, now: PlannedObject, isBegun = true): string[] {
  const approved = planFile(planOf(before), SERVER);
  const run = { began: '', phase: 1, of: 2, by: 'me', plan: isBegun ? planId(approved) : 'other' };
  return moved(approved, planOf(now, { interrupted: run }), SERVER);
}
const CHANGED = [expect.stringContaining('has changed since')];

describe('an approved plan whose run was broken off holds', () => {
  test('where a workload that it deleted is there until its pods are gone', () => {
    const deleted = (metadata: object) => planned('delete', 'apps/v1', 'Deployment', metadata);
    const going = deleted({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] });
    expect(movedTo(deleted({}), going)).toEqual([]);
    expect(movedTo(deleted({}), deleted({ labels: { by: 'hand' } }))).toEqual(CHANGED);
  });

  const rule = (action: PlannedObject['action'], ...managedFields: object[]) =>
    planned(action, 'networking.istio.io/v1', 'VirtualService', { managedFields });
  const own = writer(MANAGER, 'Apply', '2026-01-02T00:00:00Z');
  const kubectl = writer('kubectl-client-side-apply', 'Update', '2026-01-01T00:00:00Z');
  const ci = writer('ci', 'Update', '2026-01-01T00:00:00Z', { 'f:spec': { 'f:http': {}, 'f:hosts': {} } });
  const less = writer('ci', 'Update', '2026-01-01T00:00:00Z', { 'f:spec': { 'f:hosts': {} } });

  test('where it took an object over, and has to write it again', () => {
    expect(movedTo(rule('take over', kubectl), rule('change', own))).toEqual([]);
    expect(movedTo(rule('take over', ci), rule('change', less, own))).toEqual([]);
  });

  test('and not where others wrote since, or where it was another plan', () => {
    expect(movedTo(rule('take over', kubectl), rule('change', { ...ci, time: '2026-01-03T00:00:00Z' }, own))).toEqual(CHANGED);
    expect(movedTo(rule('take over', ci), rule('change', { ...less, time: '2026-01-03T00:00:00Z' }, own))).toEqual(CHANGED);
    expect(movedTo(rule('take over', kubectl), rule('change', own), false)).toEqual(CHANGED);
  });
});
