// The entry "cdk8s-mesh/apply" as those have it who build a library on it: all that its functions take and give has a name there, and
// each member says what it is for.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import pkg from '../package.json';
import { ROOT } from './docs/pages';

interface Member {
  readonly name: string;
  readonly isTold: boolean;
}

/** What is exported: the name in its own file, and for others. */
interface Exported {
  readonly own: string;
  readonly name: string;
  readonly file: string;
}

const entry = join(ROOT, pkg.exports['./apply'].types);

const exported: readonly Exported[] = [
  ...readFileSync(entry, 'utf8').matchAll(/^export (type )?\{(.*)\} from '(.*)';$/gm),
].flatMap(([, , names, from]) =>
  names!.split(',').map((n) => {
    const [own, name = own] = n
      .trim()
      .replace(/^type /, '')
      .split(' as ');
    return { own: own!, name: name!, file: join(dirname(entry), `${from}.d.ts`) };
  }),
);

/** The members of an interface or a class, as the compiler writes them: indented by four, the docs above. */
function membersOf({ own, file }: Exported): readonly Member[] {
  const [, body = ''] =
    new RegExp(`^export (?:declare )?(?:interface|class) ${own}\\b.*\\{$\\n([^]*?)^\\}$`, 'm').exec(readFileSync(file, 'utf8')) ??
    [];
  const lines = body.split('\n');
  return lines.flatMap((line, i) => {
    const [, name] = /^ {4}(?!private |static |constructor)(?:readonly )?(\w+)\??(?: =|[:(<])/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, isTold: /\*\/$/.test(lines[i - 1] ?? '') }];
  });
}

/** The checker's own rules and the model that they look at are no part of this entry. */
const INSIDE = ['Rule', 'Client.workload'];

const types = exported.map((e) => ({ ...e, members: membersOf(e) })).filter((e) => e.members.length > 0);

test('each member of an exported type says what it is for', () => {
  expect(types.length).toBeGreaterThan(30);
  expect(
    types.flatMap((t) => t.members.flatMap((m) => (m.isTold ? [] : `${relative(ROOT, t.file)}: ${t.own}.${m.name}`))),
  ).toEqual([]);
});

test('all that is taken and given can be named by who declares it in turn', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mesh-consumer-'));
  try {
    mkdirSync(join(dir, 'node_modules'));
    symlinkSync(ROOT, join(dir, 'node_modules', pkg.name));
    symlinkSync(join(ROOT, 'node_modules', '@types'), join(dir, 'node_modules', '@types'));
    const members = types.flatMap((t) =>
      t.members.map((m) => `${t.name}.${m.name}`).filter((n) => !INSIDE.includes(n) && !INSIDE.includes(t.name)),
    );
    const isFunction = ({ own, file }: Exported) =>
      new RegExp(`^export declare (function ${own}\\b|const ${own}: (<.*>)?\\()`, 'm').test(readFileSync(file, 'utf8'));
    const functions = exported.filter(isFunction).map((e) => e.name);
    expect(functions).toEqual(expect.arrayContaining(['plan', 'applyPlan', 'status', 'traffic', 'preflight', 'planFile']));
    writeFileSync(
      join(dir, 'a.ts'),
      [
        `import * as apply from '${pkg.name}/apply';`,
        ...members.map((n, i) => {
          const [type, member] = n.split('.');
          return `export const m${i} = (v: apply.${type}) => v.${member}!;`;
        }),
        // of lists, what is in them
        ...members.map((_, i) => `export const e${i} = () => each(m${i});`),
        'declare function each<V, T>(of: (v: V) => T): T extends readonly (infer E)[] ? E : never;',
        ...functions.flatMap((f, i) => [
          `export const f${i} = (...a: Parameters<typeof apply.${f}>) => apply.${f}(...a);`,
          `export const a${i} = async (...a: Parameters<typeof apply.${f}>) => await apply.${f}(...a);`,
        ]),
      ].join('\n'),
    );
    const options = { module: 'nodenext', target: 'es2022', strict: true, declaration: true, outDir: 'out', types: ['node'] };
    writeFileSync(
      join(dir, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, skipLibCheck: true }, files: ['a.ts'] }),
    );
    const { stdout } = spawnSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', dir, '--pretty', 'false'], {
      cwd: dir,
      encoding: 'utf8',
    });
    const lines = readFileSync(join(dir, 'a.ts'), 'utf8').split('\n');
    const told = stdout.trim().split('\n').filter(Boolean);
    expect(told.map((t) => `${lines[Number(/^a\.ts\((\d+)/.exec(t)?.[1]) - 1]}  ${t}`)).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
