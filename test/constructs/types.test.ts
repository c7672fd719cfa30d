import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

// The types.check.ts say with @ts-expect-error what must not compile: one that compiles after all is an error. They are asked of
// the package as it is built, which is what users compile against.
test('what must not compile does not', () => {
  expect(readFileSync(join(__dirname, 'types.check.ts'), 'utf8').match(/@ts-expect-error/g)!.length).toBeGreaterThan(20);
  const project = join(root, 'test', 'tsconfig.types.json');
  const { status, stdout } = spawnSync(
    join(root, 'node_modules', '.bin', 'tsc'),
    ['-p', project, '--noEmit', '--pretty', 'false'],
    {
      encoding: 'utf8',
    },
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
