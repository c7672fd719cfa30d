import { service } from '../diff/support';
import { apply, FINDINGS, mesh, namespace, server, write } from './apply-support';

test('a field of Istio that was added by hand is told: it may turn what the files say', async () => {
  await apply('v1', FINDINGS);
  const dr = server.objects.get('destinationrules shop/web');
  const ours = dr.metadata.managedFields;
  dr.spec.trafficPolicy = { tls: { mode: 'DISABLE' } };
  dr.metadata.managedFields = [
    ...ours,
    {
      manager: 'kubectl-patch',
      operation: 'Update',
      apiVersion: 'networking.istio.io/v1',
      // what the files say as well, and what is no matter, are none of it
      fieldsV1: {
        'f:metadata': { 'f:annotations': { 'f:note': {} } },
        'f:spec': { 'f:host': {}, 'f:trafficPolicy': { 'f:tls': { 'f:mode': {} } } },
      },
    },
  ];
  const added = 'no file says .spec.trafficPolicy.tls.mode (kubectl-patch): write it into the files, or take it out by hand';
  const now = await mesh(['status', 'v1.yaml', '--set', 'shop', '--json']);
  const { drift, notes, asTheyAre } = JSON.parse(now.stdout);
  expect([now.status, drift, notes, asTheyAre]).toEqual([
    1,
    [{ object: 'DestinationRule/shop/web', kind: 'edited', message: added, changes: [], conflicts: [] }],
    [],
    3,
  ]);
  const plan = await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS]);
  expect([plan.status, plan.stdout]).toEqual([0, expect.stringContaining(`was edited by hand, which stays: ${added}`)]);
});

test('what differs from the files', async () => {
  await apply('v1', FINDINGS);
  expect(await mesh(['status', 'v1.yaml', '--set', 'shop'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('4 as in the files, 0 not'),
  });
  const asked = async (file: string) => {
    const { status, stdout } = await mesh(['status', `${file}.yaml`, '--set', 'shop', '--json']);
    expect(status).toBe(1);
    const { drift, shared } = JSON.parse(stdout);
    return { drift: drift.map((d: any) => [d.object, d.kind]), shared };
  };
  // what nobody else wrote is not applied yet
  expect((await asked('v1-v2')).drift).toEqual([
    ['DestinationRule/shop/web', 'changed'],
    ['VirtualService/shop/web', 'changed'],
  ]);
  server.objects.delete('services shop/web');
  const writer = (manager: string, operation: string) => ({
    manager,
    operation,
    apiVersion: 'networking.istio.io/v1',
    time: '2026-11-22T00:00:00Z',
    fieldsV1: { 'f:spec': { 'f:http': {} } },
  });
  const vs = server.objects.get('virtualservices shop/web');
  vs.spec.http[0].timeout = '9s';
  vs.metadata.managedFields = [writer('kubectl-edit', 'Update')];
  expect(await asked('v1')).toEqual({
    drift: [
      ['Service/shop/web', 'missing'],
      ['VirtualService/shop/web', 'edited'],
    ],
    shared: [
      {
        object: 'VirtualService/shop/web',
        managers: [{ manager: 'kubectl-edit', operation: 'Update', time: '2026-11-22T00:00:00Z', fields: ['.spec.http'] }],
      },
    ],
  });
  for (const [manager, operation] of [
    ['ci', 'Update'],
    ['kubectl', 'Apply'],
  ] as const) {
    vs.metadata.managedFields = [writer(manager, operation), ...(manager === 'ci' ? [writer('kubectl-edit', 'Update')] : [])];
    const kind = manager === 'ci' ? 'stolen' : 'edited'; // what kubectl apply has taken is taken back
    expect((await asked('v1')).drift[1]).toEqual(['VirtualService/shop/web', kind]);
  }
  const said = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect(said.stdout).toContain('VirtualService/shop/web was edited by hand: kubectl wrote it, and mesh apply takes it back\n');
  // made anew by them it is no member
  delete vs.metadata.labels;
  expect((await asked('v1')).drift[1]).toEqual(['VirtualService/shop/web', 'foreign']);
  const { stdout } = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect(stdout).toMatch(
    /others own fields of\n {2}VirtualService\/shop\/web {2}kubectl \(Apply, 2026-11-22T00:00:00Z\) +\.spec\.http\n/,
  );
});

describe('many objects of which the same is to be said', () => {
  const names = Array.from({ length: 24 }, (_, i) => `s${i}`);
  const many = (port: number) => [
    namespace,
    ...names.map((name) => ({ ...service(name), spec: { ports: [{ name: 'http', port }] } })),
  ];
  write('many', many(80));
  write('many-81', many(81));
  const lines = (text: string) => text.split('\n').filter((l) => /Services?\b/.test(l));

  test('are counted, in a plan and in a status, unless all are asked for', async () => {
    const made = await mesh(['plan', 'many.yaml', '--set', 'shop']);
    expect(lines(made.stdout)).toContain('  + 24 Services in shop');
    await apply('many');
    const changed = await mesh(['plan', 'many-81.yaml', '--set', 'shop']);
    // each is written twice: with both ports, and then with the new one
    expect(lines(changed.stdout).filter((l) => l.startsWith('  ~'))).toHaveLength(2 * 21);
    expect(changed.stdout).toContain(
      '  ~ 4 more Services in shop (both as it is and as it is to be)\n    --all shows each of them\n',
    );
    expect(changed.stdout).toContain('  ~ 4 more Services in shop\n    --all shows each of them\n');
    const all = await mesh(['plan', 'many-81.yaml', '--set', 'shop', '--all']);
    expect(lines(all.stdout).filter((l) => l.startsWith('  ~'))).toHaveLength(2 * 24);

    const status = await mesh(['status', 'many-81.yaml', '--set', 'shop']);
    expect(lines(status.stdout)).toHaveLength(21);
    expect(status.stdout).toContain('\n4 more Services in shop are not applied as the files say them now\n    --all shows');
    expect(status.stderr).toBe('reading test\n');
    const whole = await mesh(['status', 'many-81.yaml', '--set', 'shop', '--all']);
    expect(lines(whole.stdout)).toHaveLength(24);
  });

  test('taken over as they are, they are a line; who else owns fields is counted, too', async () => {
    await apply('many');
    for (const [key, o] of server.objects)
      if (key.startsWith('services ')) {
        delete o.metadata.labels;
        o.metadata.managedFields = [
          {
            manager: 'kubectl-client-side-apply',
            operation: 'Update',
            apiVersion: 'v1',
            fieldsV1: { 'f:spec': { 'f:ports': {} } },
          },
        ];
      }
    const plan = await mesh(['plan', 'many.yaml', '--set', 'shop']);
    expect(lines(plan.stdout)).toEqual(['  ~ 24 Services in shop (taken over from kubectl-client-side-apply)']);
    const status = await mesh(['status', 'many.yaml', '--set', 'shop']);
    expect(lines(status.stdout)).toHaveLength(20 + 1 + 20 + 1);
    expect(status.stdout).toContain('\n4 more Services in shop are not of this set\n');
    expect(status.stdout).toContain('\n  4 more Services in shop: kubectl-client-side-apply\n');
    expect((await mesh(['status', 'many.yaml', '--set', 'shop', '--json'])).stderr).toBe('');
  });
});
