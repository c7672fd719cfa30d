import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifests } from '../../src/manifests/files';

const folder = mkdtempSync(join(tmpdir(), 'mesh-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const service = (name: string) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`;
const read = (...paths: string[]) => {
  const { manifests, unreadable } = readManifests(paths, folder);
  return {
    names: manifests.map((m) => m.name),
    unreadable: unreadable.map((u) => `${u.place.file} ${u.message}`),
  };
};

test('links to files are followed, those to folders are not, and those to nothing end nothing', () => {
  mkdirSync(join(folder, 'links', 'real'), { recursive: true });
  mkdirSync(join(folder, 'elsewhere'));
  writeFileSync(join(folder, 'links', 'real', 'a.yaml'), service('a'));
  writeFileSync(join(folder, 'elsewhere', 'b.yaml'), service('b'));
  symlinkSync('../elsewhere/b.yaml', join(folder, 'links', 'b.yaml'));
  symlinkSync('../elsewhere', join(folder, 'links', 'folder.yaml'));
  symlinkSync('.', join(folder, 'links', 'itself'));
  symlinkSync('nowhere', join(folder, 'links', 'gone.yaml'));
  symlinkSync('round.yaml', join(folder, 'links', 'round.yaml'));
  expect(read('links')).toEqual({
    names: ['b', 'a'],
    unreadable: ['links/gone.yaml is a link to what is not there', expect.stringMatching(/^links\/round.yaml cannot be read: /)],
  });
});

test('what is named may be a pipe or a device', () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  execFileSync('sh', ['-c', `printf '%s' "$0" > pipe & exec sleep 0`, service('piped')], { cwd: folder, stdio: 'ignore' });
  expect(read('pipe')).toEqual({ names: ['piped'], unreadable: [] });
  expect(read('/dev/null')).toEqual({ names: [], unreadable: [] });
});

test('a pipe within a folder is passed by', () => {
  mkdirSync(join(folder, 'pipes'));
  execFileSync('mkfifo', [join(folder, 'pipes', 'a.yaml')]);
  expect(read('pipes')).toEqual({ names: [], unreadable: [] });
});

test('lines of a file', () => {
  writeFileSync(join(folder, 'lines.yaml'), '\uFEFFa: 1\r\n\r\n  b: 2\nlast');
  const { lineOf } = readManifests(['lines.yaml'], folder);
  const line = (n: number) => lineOf({ file: 'lines.yaml', line: n, column: 1 });
  expect([0, 1, 2, 3, 4, 5].map(line)).toEqual([undefined, 'a: 1', '', '  b: 2', 'last', undefined]);
  expect(lineOf({ file: 'other.yaml', line: 1, column: 1 })).toBeUndefined();
});

test('lines are as quick to find at the end as at the beginning', () => {
  const count = 200_000;
  writeFileSync(join(folder, 'long.yaml'), '# a comment\n'.repeat(count));
  const { lineOf } = readManifests(['long.yaml'], folder);
  const start = process.cpuUsage();
  for (let n = 0; n < 5_000; n++) expect(lineOf({ file: 'long.yaml', line: count - n, column: 1 }) === '# a comment').toBe(true);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1_000).toBeLessThan(3_000);
});

test('bytes that are no UTF-8 are told at their place, and U+FFFD as it is written is none of them', () => {
  const dir = mkdtempSync(join(folder, 'files-'));
  const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n';
  writeFileSync(
    join(dir, 'a.yaml'),
    Buffer.concat([Buffer.from(`${head}data: {x: "é\ufffd", y: "caf`), Buffer.from([0xe9]), Buffer.from('"}\n')]),
  );
  writeFileSync(join(dir, 'b.yaml'), `${head}data: {x: "\ufffd"}\n`);
  const { manifests, unreadable } = readManifests(['.'], dir);
  expect(manifests.map((m) => m.place().file)).toEqual(['b.yaml']);
  expect(unreadable).toEqual([
    {
      place: { file: 'a.yaml', line: 4, column: 24 },
      message: 'is no UTF-8: the byte 0xe9 stands for no character; save the file as UTF-8',
    },
  ]);
});

test('a list that holds no objects is of another tool', () => {
  const dir = mkdtempSync(join(folder, 'files-'));
  writeFileSync(join(dir, 'tasks.yaml'), '- name: x\n  shell: echo\n');
  writeFileSync(join(dir, 'objects.yaml'), '- apiVersion: v1\n  kind: ConfigMap\n');
  const { unreadable } = readManifests(['.'], dir);
  expect(unreadable.map((u) => [u.place.file, u.foreign ?? false])).toEqual([
    ['objects.yaml', false],
    ['tasks.yaml', true],
  ]);
});
