import { parse } from 'yaml';
import { apply, FINDINGS, mesh, server } from './apply-support';

test('rights that lack are a note in a plan, and no run is begun without them', async () => {
  server.forbids = (verb, plural) => verb === 'create' && plural === 'leases';
  const planned = await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS]);
  expect([planned.status, planned.stdout]).toEqual([
    1,
    expect.stringContaining(
      'note mesh apply needs rights that you do not have:\n    create leases.coordination.k8s.io in namespace "default"  (Lease/default/shop, which keeps the set)\n',
    ),
  ]);
  expect(planned.stdout).not.toContain('kind: Role');
  const applied = await apply('v1', FINDINGS);
  expect([applied.status, applied.stderr, server.writes]).toEqual([3, expect.stringContaining('nothing was written'), []]);
});

test('before anything is written all rights that lack are told, with what takes them and the Roles that give them', async () => {
  await apply('v1', FINDINGS);
  server.writes.length = 0;
  server.forbids = (verb, plural) => verb === 'patch' && ['virtualservices', 'destinationrules'].includes(plural);
  const { status, stdout } = await apply('v1-v2', FINDINGS);
  expect([status, server.writes]).toEqual([3, []]);
  expect(stdout).toContain(`refused mesh apply needs rights that you do not have:
    patch destinationrules.networking.istio.io, virtualservices.networking.istio.io in namespace "shop"  (DestinationRule/shop/web, VirtualService/shop/web)
`);
  const { rights, roles } = JSON.parse((await apply('v1-v2', FINDINGS, '--json')).stdout).plan;
  expect(rights).toHaveLength(2);
  expect(roles).toMatchObject([{ kind: 'Role', metadata: { namespace: 'shop' }, rules: [{ verbs: ['patch'] }] }]);
  const [, ...documents] = stdout.slice(0, stdout.indexOf('\n\n', stdout.indexOf('\n---'))).split('\n---\n');
  expect(documents.map((d) => parse(d))).toEqual(roles);
});

test('what may not be read is not told as new', async () => {
  await apply('v1', FINDINGS);
  server.forbids = (verb, plural) => verb === 'get' && plural === 'services';
  const { stdout } = await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS]);
  expect(stdout).toContain('  ? Service/shop/web (whether it is there is not known)\n');
  expect(stdout).not.toMatch(/new|to create/);
  const { objects, summary, traffic } = JSON.parse(
    (await mesh(['plan', 'v1-v2.yaml', '--set', 'shop', FINDINGS, '--json'])).stdout,
  );
  expect(objects).toContainEqual(
    expect.objectContaining({ object: 'Service/shop/web', unread: 'get services in namespace "shop"' }),
  );
  expect([summary.create, JSON.stringify(traffic)]).toEqual([0, expect.not.stringContaining('new')]);
});

test('who may not read the list is told with all else, and nothing is deleted', async () => {
  await apply('v1', FINDINGS);
  server.forbids = (verb, plural) => verb === 'get' && plural === 'secrets';
  const { status, stdout } = await mesh(['plan', 'none.yaml', '--set', 'shop', FINDINGS]);
  expect(status).toBe(0);
  expect(stdout).toContain('you may not get secrets in namespace "default"');
  expect(stdout).not.toContain('to delete');
});

test('what may not be read is neither missing nor to be made, and nothing is written over it', async () => {
  await apply('v1', FINDINGS);
  server.forbids = (verb, plural) => verb === 'get' && plural === 'services';
  const { status, stdout } = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect([status, stdout]).toEqual([
    3,
    expect.stringContaining('Service/shop/web is not known: you may not get services in namespace "shop"'),
  ]);
  expect(stdout).toContain('3 as in the files, 0 not, 1 not known');
  server.writes.length = 0;
  const applied = await apply('v1-v2', FINDINGS);
  expect([applied.status, server.writes]).toEqual([3, []]);
  expect(applied.stdout).toContain('refused Service/shop/web: you may not get services in namespace "shop": whether it is there');
});

test('who may not read the list does not hear that nothing was ever applied', async () => {
  await apply('v1', FINDINGS);
  expect((await mesh(['status', 'v1.yaml', '--set', 'other'])).stdout).toContain('never applied');
  server.forbids = (verb, plural) => verb === 'get' && plural === 'secrets';
  const { stdout } = await mesh(['status', 'v1.yaml', '--set', 'shop']);
  expect(stdout).not.toContain('never applied');
});

test('what one may not read is told once for all kinds of a place, and by object for programs', async () => {
  server.forbids = (_, plural) => plural === 'services' || plural === 'virtualservices';
  const { status, stdout } = await mesh(['plan', 'v1.yaml', '--set', 'shop', FINDINGS]);
  expect([status, stdout.slice(stdout.indexOf('refused 2'))]).toEqual([
    3,
    `refused 2 objects: whether they are there, and whose they are, is not known, since you may not
    get services, virtualservices.networking.istio.io in namespace "shop"

2 to create, 2 refused
`,
  ]);
  const told = JSON.parse((await mesh(['plan', 'v1.yaml', '--set', 'shop', '--json', FINDINGS])).stdout);
  expect(told.refusals.map((r: any) => [r.what, r.right])).toEqual([
    ['Service/shop/web', 'get services in namespace "shop"'],
    ['VirtualService/shop/web', 'get virtualservices.networking.istio.io in namespace "shop"'],
  ]);
});
