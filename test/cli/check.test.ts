import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask, mesh, root } from './support';

const RULE = join(root, 'test', 'check', 'rules', 'subset-not-defined');
const folder = mkdtempSync(join(tmpdir(), 'mesh-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const YAML = readFileSync(join(RULE, 'bad.yaml'), 'utf8');
const ONLY = ['--rules', 'subset-not-defined'];

beforeAll(() => {
  writeFileSync(join(folder, 'bad.yaml'), YAML);
  writeFileSync(join(folder, 'good.yaml'), readFileSync(join(RULE, 'good.yaml')));
});
const check = (...args: string[]) => ask(['check', ...args], folder);

test('says what, where and the way out, and ends with 1', () => {
  const { status, stdout, stderr } = mesh(['check', 'bad.yaml', ...ONLY], folder);
  expect([status, stderr]).toEqual([1, '']);
  expect(stdout).toBe(`${readFileSync(join(RULE, 'output.txt'), 'utf8')}\n1 error in 4 objects\n`);
});

test('ends with 0 where there is nothing to say', async () => {
  expect(await check('good.yaml', ...ONLY)).toEqual({ status: 0, stdout: 'no findings in 4 objects\n', stderr: '' });
});

test('shows the line of standard input too', () => {
  const { stdout } = spawnSync(process.execPath, [join(root, 'bin', 'mesh.js'), 'check', '-', ...ONLY], {
    input: YAML,
    encoding: 'utf8',
  });
  expect(stdout).toContain('--> standard input:35:13 (VirtualService shop/reviews');
  expect(stdout).toContain('35 |             subset: v2\n');
});

test('as data', async () => {
  const { diagnostics, suppressed, summary } = JSON.parse((await check('bad.yaml', '--json', ...ONLY)).stdout);
  expect(diagnostics).toEqual([
    {
      rule: 'subset-not-defined',
      id: 'MESH020',
      codes: expect.arrayContaining(['IST0101', 'KIA1107']),
      severity: 'error',
      message: expect.stringContaining('subset "v2"'),
      hint: expect.any(String),
      resource: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'shop', name: 'reviews' },
      field: 'spec.http[0].route[0].destination.subset',
      file: 'bad.yaml',
      line: 35,
      column: 13,
      related: [expect.objectContaining({ file: 'bad.yaml', message: expect.any(String) })],
    },
  ]);
  expect(suppressed).toEqual([]);
  expect(summary).toEqual({
    objects: 4,
    errors: 1,
    warnings: 0,
    infos: 0,
    suppressed: 0,
    refused: 0,
    lessSevere: 0,
    ofOtherRules: expect.any(Number),
  });
});

test('as SARIF, with the rules and where they were broken', async () => {
  const { version, runs } = JSON.parse((await check('bad.yaml', '--sarif', ...ONLY)).stdout);
  expect(version).toBe('2.1.0');
  const [result] = runs[0].results;
  expect(runs[0].tool.driver.rules[result.ruleIndex]).toMatchObject({ id: 'MESH020', name: 'subset-not-defined' });
  expect(result).toMatchObject({
    ruleId: 'MESH020',
    level: 'error',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'bad.yaml' }, region: { startLine: 35, startColumn: 13 } } }],
  });
});

test('as annotations of GitHub, in one line each', async () => {
  const { stdout } = await check('bad.yaml', '--github', ...ONLY);
  expect(stdout).toMatch(/^::error file=bad\.yaml,line=35,col=13,title=MESH020 subset-not-defined::subset "v2" [^\n]*\n$/);
});

test('what is suppressed is listed, with its reason, and counts for nothing', async () => {
  const at = 'namespace: shop';
  const head = YAML.lastIndexOf(at) + at.length;
  const annotation = `, annotations: {mesh.cdk8s.io/ignore: 'subset-not-defined until 2026-12-31: v2 comes on Monday'}`;
  writeFileSync(join(folder, 'ignored.yaml'), YAML.slice(0, head) + annotation + YAML.slice(head));
  const { status, stdout } = await check('ignored.yaml', '--now', '2026-12-01', ...ONLY);
  expect(status).toBe(0);
  expect(stdout).toBe(
    'suppressed:\n  ignored.yaml:35:13  subset-not-defined: subset "v2" of "reviews.shop.svc.cluster.local" is defined by no DestinationRule (v2 comes on Monday, until 2026-12-31)\n\nno findings in 4 objects; 1 suppressed\n',
  );
  const late = await check('ignored.yaml', '--now', '2027-01-01', '--rules', 'subset-not-defined,suppression-expired', '--json');
  expect(
    JSON.parse(late.stdout)
      .diagnostics.map((d: { rule: string }) => d.rule)
      .sort(),
  ).toEqual(['subset-not-defined', 'suppression-expired']);
});

test('--severity leaves out what is less bad', async () => {
  writeFileSync(
    join(folder, 'idle.yaml'),
    'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n    mesh.cdk8s.io/ignore: "unreadable: none"\n',
  );
  expect((await check('idle.yaml', '--rules', 'suppression-without-effect')).status).toBe(1);
  expect((await check('idle.yaml', '--rules', 'suppression-without-effect', '--severity', 'error')).status).toBe(0);
  expect((await check('idle.yaml', '--severity', 'error')).stdout).toBe('no findings in 1 object; left out: 2 less severe\n');
  expect((await check('idle.yaml', '--rules', 'schema')).stdout).toBe('no findings in 1 object; left out: 2 of other rules\n');
});

test('what holds no manifest is no mesh without faults', async () => {
  writeFileSync(join(folder, 'none.yaml'), '# nothing\n');
  const { status, stderr } = await check('none.yaml');
  expect(status).not.toBe(0);
  expect(stderr).toContain('no manifest was read in none.yaml');
});

test('--rules takes rules away, too', async () => {
  const { stdout } = await check('bad.yaml', '--rules=-subset-not-defined', '--json');
  expect(JSON.parse(stdout).diagnostics.filter((d: { rule: string }) => d.rule === 'subset-not-defined')).toEqual([]);
});

test('--explain says what a rule is about, by name, id or code', async () => {
  for (const name of ['subset-not-defined', 'MESH020', 'KIA1107', 'mesh020', 'Kia1107'])
    expect((await check('--explain', name)).stdout).toContain('MESH020 subset-not-defined (error, ');
  expect((await check('--explain', 'all')).stdout.split('\n').length).toBeGreaterThan(5);
});

test.each([
  [['--rules', 'subset-not-define'], 'there is no rule "subset-not-define" (did you mean "subset-not-defined"?)'],
  [['--explain', 'nothing'], 'there is no rule "nothing"'],
  [['--explain', 'IST0126'], 'no rule has the code IST0126 (a registry of MeshNetworks that is not known): MeshNetworks'],
  [['--explain', 'IST0110x'], 'there is no rule "IST0110x" (did you mean "IST0110"?)'],
  [['--severity', 'warn'], '--severity "warn" is none of "error", "warning", "info"'],
  [['--now', 'today'], '--now "today" is no date: write it like 2026-12-01'],
  [['--sarif', '--github'], 'one of --json, --sarif and --github'],
  [['--batch', '-'], '--batch takes its cases from its file'],
  [['nowhere.yaml'], 'there is no file or folder "nowhere.yaml"'],
])('%j is wrong usage', async (args, says) => {
  const { status, stdout, stderr } = await check('good.yaml', ...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(says);
});

test('a batch is answered in order, and errors are answers', () => {
  const lines = [
    JSON.stringify({ id: 'a', yaml: YAML }),
    '{',
    JSON.stringify({ id: 'b' }),
    JSON.stringify({ id: 'c', yaml: 'a: [' }),
    JSON.stringify({ yaml: YAML }),
  ];
  const { stdout, status } = spawnSync(process.execPath, [join(root, 'bin', 'mesh.js'), 'check', '--batch', '-'], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  const answers = stdout
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  expect(answers.map((a) => a.id)).toEqual(['a', '', 'b', 'c', '']);
  expect(answers[0].diagnostics.map((d: { rule: string }) => d.rule)).toContain('subset-not-defined');
  expect(answers[1].error).toMatch(/JSON/);
  expect(answers[2].error).toContain('no "yaml"');
  expect(answers[3].diagnostics[0]).toMatchObject({ rule: 'unreadable', file: 'c', line: 1 });
});

test('where there is nothing to check, that is a failure', async () => {
  mkdirSync(join(folder, 'empty'));
  mkdirSync(join(folder, 'chart'));
  writeFileSync(join(folder, 'chart', 'values.yaml'), 'replicas: 2\n');
  writeFileSync(join(folder, 'chart', 'README.md'), '# a chart\n');
  for (const [path, instead] of [
    ['empty', ''],
    ['chart', ': chart/values.yaml:1:1 has no apiVersion and no kind, so it is no object of Kubernetes'],
  ] as const)
    expect(await check(path)).toEqual({ status: 3, stdout: '', stderr: `error no manifest was read in ${path}${instead}\n` });
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin', 'mesh.js'), 'check', '-'], {
    input: '',
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([3, 'error no manifest was read in standard input\n']);
});

test('documents that cannot be read are findings, though nothing else is there', async () => {
  writeFileSync(join(folder, 'broken.yaml'), 'a: [\n');
  expect(await check('broken.yaml')).toMatchObject({ status: 1, stdout: expect.stringContaining('1 error in 0 objects') });
});

test('--rules takes ids and codes in any case, and all', async () => {
  const rules = async (...args: string[]) =>
    JSON.parse((await check('bad.yaml', '--json', ...args)).stdout).diagnostics.map((d: { rule: string }) => d.rule);
  for (const name of ['mesh020', 'Subset-Not-Defined', 'kia1107'])
    expect(await rules('--rules', name)).toEqual(['subset-not-defined']);
  expect(await rules('--rules', 'all')).toEqual(await rules());
  expect(await rules('--rules', 'all,-mesh020')).not.toContain('subset-not-defined');
});

test('SARIF names files as URIs', async () => {
  const uris = (stdout: string) =>
    JSON.parse(stdout).runs[0].results.map(
      (r: { locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }) =>
        r.locations[0].physicalLocation.artifactLocation.uri,
    );
  mkdirSync(join(folder, 'a b'));
  writeFileSync(join(folder, 'a b', 'x#.yaml'), YAML);
  const absolute = join(folder, 'a b', 'x#.yaml');
  expect(uris((await check('a b', '--sarif', ...ONLY)).stdout)).toEqual(['a%20b/x%23.yaml']);
  expect(uris((await check(absolute, '--sarif', ...ONLY)).stdout)).toEqual([pathToFileURL(absolute).href]);
  const { stdout } = spawnSync(process.execPath, [join(root, 'bin', 'mesh.js'), 'check', '-', '--sarif', ...ONLY], {
    input: YAML,
    encoding: 'utf8',
  });
  expect(uris(stdout)).toEqual(['stdin']);
});

test('an answer that cannot be written is a failure, on a line', () => {
  if (!existsSync('/dev/full')) return;
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', '"$0" "$1" check good.yaml >/dev/full', process.execPath, join(root, 'bin', 'mesh.js')],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  expect(status).toBe(3);
  expect(stderr).toMatch(/^error the answer cannot be written: [^\n]*ENOSPC[^\n]*\n$/);
});

test('a pipe of the shell is a file', () => {
  const { status, stdout } = spawnSync(
    'bash',
    ['-c', '"$0" "$1" check <(cat good.yaml) --rules subset-not-defined', process.execPath, join(root, 'bin', 'mesh.js')],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  expect([status, stdout.split('\n').at(-2)]).toEqual([0, expect.stringContaining('no findings in 4 objects')]);
});

test('what is wrong about a suppression is told at its line', async () => {
  const lines = ['schema: mended', 'no-such-rule: because', 'unreadable'].map((l) => `      ${l}\n`).join('');
  writeFileSync(
    join(folder, 'lines.yaml'),
    `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n    mesh.cdk8s.io/ignore: |\n${lines}`,
  );
  const { stdout } = await check('lines.yaml', '--json');
  const found = JSON.parse(stdout).diagnostics.filter((d: { rule: string }) => d.rule.startsWith('suppression-'));
  expect(found.map((d: { rule: string; line: number; column: number }) => [d.rule, d.line, d.column])).toEqual([
    ['suppression-without-effect', 7, 7],
    ['suppression-unknown-rule', 8, 7],
    ['suppression-malformed', 9, 7],
  ]);
  expect(found[0].field).toBe('metadata.annotations["mesh.cdk8s.io/ignore"]');
});

test('--namespace says where objects are that say none', async () => {
  const bare = YAML.replaceAll(/,? *namespace: shop/g, '');
  expect(bare).not.toContain('shop}');
  writeFileSync(join(folder, 'bare.yaml'), bare);
  const places = async (...args: string[]) =>
    JSON.parse((await check('bare.yaml', '--json', ...ONLY, ...args)).stdout).diagnostics.map((d: any) => d.resource.namespace);
  expect([await places(), await places('-n', 'shop'), await places('--namespace', 'store')]).toEqual([[''], ['shop'], ['store']]);
  expect(await check('bare.yaml', '--namespace', 'Shop!')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--namespace is "Shop!": only lower-case letters'),
  });
});
