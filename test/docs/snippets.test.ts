// Every ```ts block of the documentation compiles, and those that synthesize an app run. A ```yaml output block shows
// objects that the ts block above it makes: what it shows has to be there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Block, blocksOf, pages, ROOT } from './pages';

const at = (b: Block) => `${b.page}:${b.line}`;
const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);
const blocks = pages().flatMap(blocksOf);
const snippets = blocks.filter((b) => b.language === 'ts');
const runs = (b: Block) => /\bapp\.synth\(\)/.test(b.code);

/** The ts block that an output block belongs to: the last one above it on its page. */
const sourceOf = (b: Block) => snippets.filter((s) => s.page === b.page && s.line < b.line).at(-1);

let dir: string;
beforeAll(() => {
  // below the root, so that packages are found; in a folder that git does not look at
  mkdirSync(join(ROOT, 'coverage'), { recursive: true });
  dir = mkdtempSync(join(ROOT, 'coverage', 'snippets-'));
  for (const [i, b] of snippets.entries()) writeFileSync(join(dir, `${i}.ts`), `${b.code}\nexport {};\n`);
  writeFileSync(
    join(dir, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      // the package is what is built, as users have it
      compilerOptions: { types: ['node', 'jest'], paths: {} },
      include: ['*.ts'],
      exclude: [],
    }),
  );
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** `12.ts(3,5)` or `12.ts:3` in a message as the page and line of the block. */
const located = (text: string) =>
  text.replace(/(?:[^\s('"]*[/\\])?(\d+)\.ts(?:\((\d+),\d+\)|:(\d+))(?::\d+)?/g, (_, i, a, b) => {
    const block = snippets[Number(i)]!;
    return `${block.page}:${block.line + Number(a ?? b) - 1}`;
  });

test('every snippet compiles', () => {
  const { stdout, status } = spawnSync(bin('tsc'), ['-p', join(dir, 'tsconfig.json'), '--noEmit', '--pretty', 'false'], {
    cwd: dir,
    encoding: 'utf8',
  });
  expect(located(stdout)).toBe('');
  expect(status).toBe(0);
});

describe('every snippet that synthesizes an app', () => {
  let errors: Record<string, { message: string; stack: string }>;

  beforeAll(() => {
    const wanted = snippets.flatMap((b, i) => (runs(b) ? [i] : []));
    writeFileSync(
      join(dir, 'run.cjs'),
      `const errors = {};
for (const i of ${JSON.stringify(wanted)}) {
  process.env.CDK8S_OUTDIR = require('node:path').join(__dirname, 'out', String(i));
  try { require('./' + i + '.ts'); } catch (e) { errors[i] = { message: e.message, stack: e.stack }; }
}
process.stdout.write(JSON.stringify(errors));
`,
    );
    mkdirSync(join(dir, 'out'));
    const { stdout, stderr } = spawnSync(bin('tsx'), [join(dir, 'run.cjs')], {
      cwd: dir,
      encoding: 'utf8',
      env: { ...process.env, TSX_TSCONFIG_PATH: join(dir, 'tsconfig.json') },
    });
    if (!stdout.startsWith('{')) throw new Error(located(stderr));
    errors = JSON.parse(stdout);
  });

  test.each(snippets.flatMap((b, i) => (runs(b) ? [[at(b), i] as const] : [])))('%s runs', (_, i) => {
    const error = errors[i];
    if (error) {
      // the line of the block where it happened; the frames inside the library are of no use to who wrote the page
      const [, line] = new RegExp(`[/\\\\]${i}\\.ts:(\\d+)`).exec(error.stack) ?? [];
      const b = snippets[i]!;
      throw new Error(`${b.page}:${b.line + Number(line ?? 1) - 1}: ${error.message}`);
    }
    expect(objectsOf(i)).not.toEqual([]);
  });

  test.each(blocks.filter((b) => b.word === 'output').map((b) => [at(b), b] as const))('%s shows what it makes', (_, b) => {
    const source = sourceOf(b);
    if (!source || !runs(source)) throw new Error(`${at(b)}: there is no block above that calls app.synth()`);
    if (errors[snippets.indexOf(source)]) throw new Error(`${at(b)}: the block above does not run`);
    const made = objectsOf(snippets.indexOf(source));
    for (const doc of parseAllDocuments(b.code)) {
      if (doc.errors.length > 0) throw new Error(`${at(b)}: ${doc.errors[0]!.message}`);
      const shown = doc.toJS();
      const object = made.find(
        (m) =>
          m.kind === shown.kind &&
          m.metadata.name === shown.metadata.name &&
          (shown.metadata.namespace ?? m.metadata.namespace) === m.metadata.namespace,
      );
      if (!object)
        throw new Error(
          `${at(b)}: ${shown.kind} "${shown.metadata.name}" is not made (made: ${made.map((m) => `${m.kind} "${m.metadata.name}"`).join(', ')})`,
        );
      expect(object).toMatchObject(shown);
    }
  });
});

function objectsOf(i: number): any[] {
  const out = join(dir, 'out', String(i));
  return readdirSync(out).flatMap((f) => parseAllDocuments(readFileSync(join(out, f), 'utf8')).map((d) => d.toJS()));
}
