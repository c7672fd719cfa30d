import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Existing, NO_TESTS, type PackageJson } from './existing';

/** What the project needs at run time; the range of this package is added where the package came from. */
export const RUN_TIME: Readonly<Record<string, string>> = { cdk8s: '^2.70.0', 'cdk8s-plus-27': '^2.9.0', constructs: '^10.4.0' };
const TYPES = { '@types/node': '^20.19.0', typescript: '>=5.9' };
const JEST = { '@swc/core': '^1.16.0', '@swc/jest': '^0.2.39', '@types/jest': '^30.0.0', jest: '^30.0.0' };

/** Packages that a project may depend on, none of which its own name can be. */
export const PACKAGES = [...Object.keys({ ...RUN_TIME, ...TYPES, ...JEST }), 'tsx', 'cdk8s-mesh'];

/**
 * package.json with what is missing. What is there stays, in whatever section it is.
 * @param made what else is made, and needs packages: our way to run the app, our settings of jest
 */
export function withNeeds(
  existing: Existing,
  name: string,
  mesh: string,
  made: { readonly runner: boolean; readonly jest: boolean },
): PackageJson {
  const there = existing.packageJson;
  const pkg: PackageJson = structuredClone(there ?? { name, version: '0.1.0', private: true });
  const scripts = { ...pkg.scripts } as Record<string, string>;
  if (NO_TESTS.test(scripts.test ?? '')) delete scripts.test;
  const checked = (script: string, command: string) => {
    if (scripts[script] !== undefined) return;
    scripts.check ??= 'tsc --noEmit';
    if (scripts.check === 'tsc --noEmit') scripts[`pre${script}`] ??= 'npm run --silent check';
    scripts[script] = command;
  };
  checked('synth', 'mesh synth');
  if (existing.tests !== 'other') checked('test', 'jest');
  pkg.scripts = scripts;
  const known = new Set(['dependencies', 'devDependencies', 'peerDependencies'].flatMap((s) => Object.keys(pkg[s] ?? {})));
  const add = (section: string, entries: Readonly<Record<string, string>>) => {
    const missing = Object.entries(entries).filter(([n]) => !known.has(n));
    if (missing.length === 0) return;
    const all = [...Object.entries((pkg[section] ?? {}) as Record<string, string>), ...missing];
    pkg[section] = Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  add('dependencies', { ...RUN_TIME, 'cdk8s-mesh': mesh });
  add('devDependencies', { ...TYPES, ...(made.runner ? { tsx: '^4.23.0' } : {}), ...(made.jest ? JEST : {}) });
  return pkg;
}

/**
 * Where the new project gets this package from: where the project that the command runs in has it from, or whatever
 * folder this package is installed in (npx has one), since that may be a file or a repository; else the registry.
 */
export function sourceOfMesh(from: string, dir: string, version: string): string {
  const holder = /^(.*)[/\\]node_modules[/\\]cdk8s-mesh[/\\]/.exec(__dirname)?.[1];
  for (const at of [...upwards(from), ...(holder === undefined ? [] : [holder])]) {
    const said = specIn(join(at, 'package.json'));
    if (said !== undefined) return rebased(said, at, dir);
  }
  return `^${version}`;
}

/** The folder and all above it. */
function upwards(from: string): readonly string[] {
  const at = resolve(from);
  return dirname(at) === at ? [at] : [at, ...upwards(dirname(at))];
}

function specIn(path: string): string | undefined {
  try {
    const pkg = JSON.parse(readFileSync(path, 'utf8')) as PackageJson;
    const spec = pkg.dependencies?.['cdk8s-mesh'] ?? pkg.devDependencies?.['cdk8s-mesh'];
    return typeof spec === 'string' ? spec : undefined;
  } catch {
    return undefined;
  }
}

/** A `file:` or `link:` of one folder as another says it. */
function rebased(spec: string, from: string, to: string): string {
  const [, scheme, path] = /^(file:|link:)(.*)$/.exec(spec) ?? [];
  if (!scheme || !path || isAbsolute(path)) return spec;
  const there = relative(resolve(to), resolve(from, path)).split(sep).join('/');
  return `${scheme}${there.startsWith('.') ? there : `./${there}`}`;
}
