import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFile } from '../../src/synth/write-file';

test('the folders above a file are made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'write-'));
  const file = join(folder, 'a', 'b', 'c.yaml');
  writeFile(file, 'x\n');
  expect(readFileSync(file, 'utf8')).toBe('x\n');
  rmSync(folder, { recursive: true });
});

test('a file where a folder has to be is an error', () => {
  const folder = mkdtempSync(join(tmpdir(), 'write-'));
  writeFileSync(join(folder, 'a'), '');
  expect(() => writeFile(join(folder, 'a', 'b', 'c.yaml'), 'x')).toThrow(/c\.yaml" cannot be written: ENOTDIR/);
  rmSync(folder, { recursive: true });
});

// a process of its own, with an end: Node's own way of making folders does not come back from here
(existsSync('/proc/self') ? test : test.skip)(
  'a folder that cannot be made is an error',
  () => {
    const module = join(__dirname, '..', '..', 'src', 'synth', 'write-file');
    const code = `require(${JSON.stringify(module)}).writeFile('/proc/nope/x.yaml', 'x')`;
    const { stderr } = spawnSync(process.execPath, ['--import', 'tsx', '-e', code], { encoding: 'utf8', timeout: 15_000 });
    expect(stderr).toContain('"/proc/nope/x.yaml" cannot be written: ENOENT');
  },
  30_000,
);
