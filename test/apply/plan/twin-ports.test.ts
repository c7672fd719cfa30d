import { liveObject } from '../../../src/apply/live';
import type { Desired } from '../../../src/apply/plan/desired';
import { planOne, type Refusal } from '../../../src/apply/plan/planned-object';
import { twinPorts } from '../../../src/apply/plan/twin-ports';
import { manifest } from '../../order/support';

const OURS = 'mesh/default/shop';
const RESOURCE = { group: '', version: 'v1', kind: 'Service', name: 'services', namespaced: true, verbs: [] } as any;
const key = (port: number) => `k:{"port":${port},"protocol":"TCP"}`;

/** A Service that we applied with port 80, and others gave another port. */
function twins(port: object, files: object = { name: 'http', port: 80 }): string[] {
  const m = manifest('v1', 'Service', 'web', { selector: { app: 'web' }, ports: [files] }, 'a');
  const by = (manager: string, operation: string, number: number) => ({
    manager,
    operation,
    apiVersion: 'v1',
    fieldsV1: { 'f:spec': { 'f:ports': { [key(number)]: { '.': {}, 'f:name': {}, 'f:port': {} } } } },
  });
  const live = liveObject(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace: 'a',
        uid: '1',
        resourceVersion: '1',
        managedFields: [by(OURS, 'Apply', 80), by('kubectl-edit', 'Update', 8080)],
      },
      spec: { selector: { app: 'web' }, ports: [{ protocol: 'TCP', ...port }] },
    },
    RESOURCE,
  );
  const refusals: Refusal[] = [];
  const desired = { key: '/Service a/web', manifest: m, body: m.object, resource: RESOURCE } as unknown as Desired;
  const p = planOne(desired, live, { manager: OURS, id: 'id', take: [], refusals, contested: [], owners: new Set() });
  return twinPorts([p], OURS).map((r) => r.message);
}

test('a port that somebody gave the name of ours is said, with who has it', () => {
  expect(twins({ name: 'http', port: 8080 })).toEqual([
    'port 8080, which kubectl-edit owns, has the name "http", and port 80 of the files the name "http": of several ports the server wants a name each. Take it out of the Service by hand (kubectl edit), or give the one of the files another name',
  ]);
  expect(twins({ port: 8080 }, { port: 80 })[0]).toContain('has no name, and port 80 of the files no name');
  expect(twins({ port: 8080 })[0]).toContain('has no name, and port 80 of the files the name "http"');
  expect(twins({ name: 'admin', port: 8080 }, { port: 80 })[0]).toContain(
    'has the name "admin", and port 80 of the files no name',
  );
});

test('a port of another name may be beside ours', () => {
  expect(twins({ name: 'admin', port: 8080 })).toEqual([]);
});
