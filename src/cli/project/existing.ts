import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { EXIT, Failure, parserSaid } from '../output';

/** What package.json holds. */
export type PackageJson = Record<string, any>;

/** How the project runs tests: not yet, by jest that takes TypeScript, or in a way that is not ours. */
export type TestRunner = 'none' | 'jest' | 'other';

/** What is in a folder before `mesh init` adds to it. */
export interface Existing {
  readonly packageJson: PackageJson | undefined;
  /** The file that makes the cdk8s App, where there is one. */
  readonly app: string | undefined;
  /** Folder of the code: `src`, or the project's own. */
  readonly source: string;
  readonly tests: TestRunner;
  /** Ending of the name in an import of a file beside. */
  readonly importEnding: '' | '.js';
  readonly isModule: boolean;
}

const JEST_CONFIGS = ['js', 'cjs', 'mjs', 'ts', 'json'].map((e) => `jest.config.${e}`);
const BABEL_CONFIGS = ['babel.config.js', 'babel.config.cjs', 'babel.config.json', '.babelrc', '.babelrc.js'];
/** What `npm init` writes for a script that is still to be written. */
export const NO_TESTS = /no test specified/;

/** Looks at the folder, and writes nothing. */
export function lookAt(dir: string): Existing {
  if (existsSync(dir) && !statSync(dir).isDirectory()) throw new Failure(`"${dir}" is a file, not a folder`, EXIT.usage);
  const packageJson = readPackageJson(join(dir, 'package.json'));
  const app = appOf(dir);
  const source = app ? dirname(app) : hasTypeScript(join(dir, 'src')) ? 'src' : '.';
  const isModule = packageJson?.type === 'module';
  const tsconfig = textOf(join(dir, 'tsconfig.json'));
  const nodeResolution = tsconfig === undefined || /"(?:module|moduleResolution)"\s*:\s*"node(?:16|18|20|next)"/i.test(tsconfig);
  return {
    packageJson,
    app,
    source,
    tests: testsOf(dir, packageJson),
    importEnding: isModule && nodeResolution ? '.js' : '',
    isModule,
  };
}

function readPackageJson(path: string): PackageJson | undefined {
  const text = textOf(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (e) {
    throw new Failure(`package.json cannot be read, so nothing was written: ${(e as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Failure('package.json holds no object, so nothing was written');
  return value as PackageJson;
}

/** The file that cdk8s.yaml runs, or one of the usual names that imports cdk8s. */
function appOf(dir: string): string | undefined {
  const text = textOf(join(dir, 'cdk8s.yaml'));
  if (text !== undefined) {
    let config: { language?: unknown; app?: unknown } | null;
    try {
      config = parse(text) as typeof config;
    } catch (e) {
      throw new Failure(`cdk8s.yaml cannot be read, so nothing was written: ${parserSaid(e)}`);
    }
    if (config?.language !== undefined && config.language !== 'typescript')
      throw new Failure(`cdk8s.yaml says "language: ${config.language}": this package is for TypeScript alone`, EXIT.usage);
    const [named] = /[\w./-]+\.[cm]?tsx?\b/.exec(String(config?.app ?? '')) ?? [];
    if (named && existsSync(join(dir, named))) return named.replace(/^\.\//, '');
  }
  return ['main.ts', 'src/main.ts', 'src/index.ts'].find((f) => {
    const code = textOf(join(dir, f));
    return code !== undefined && (text !== undefined || /['"]cdk8s['"]/.test(code));
  });
}

function testsOf(dir: string, pkg: PackageJson | undefined): TestRunner {
  const script = String(pkg?.scripts?.test ?? '');
  if (script !== '' && !NO_TESTS.test(script) && !/\bjest\b|\bnpm run\b/.test(script)) return 'other';
  const files = JEST_CONFIGS.filter((f) => existsSync(join(dir, f)));
  const configs = [...files.map((f) => textOf(join(dir, f)) ?? ''), ...(pkg?.jest ? [JSON.stringify(pkg.jest)] : [])];
  if (configs.length > 0 && /ts-jest|swc|esbuild|tsx|sucrase/.test(configs.join('\n'))) return 'jest';
  // jest's own way, which is Babel's
  const babel =
    BABEL_CONFIGS.map((f) => textOf(join(dir, f))).find((t) => t !== undefined) ?? (pkg?.babel && JSON.stringify(pkg.babel));
  if (babel !== undefined) return babel.includes('typescript') ? 'jest' : 'other';
  return configs.length > 0 ? 'other' : 'none';
}

const hasTypeScript = (dir: string): boolean => existsSync(dir) && readdirSync(dir).some((f) => /\.tsx?$/.test(f));

/** A file's text; nothing where there is no file. */
export const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
