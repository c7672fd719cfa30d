import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { cdk8sYaml } from './cdk8s-yaml';
import { EXIT, Failure, printError } from './output';

/** A plugin under `validations` in cdk8s.yaml. Source: cdk8s-cli's config.ts. */
interface Validation {
  /** A package of the project's node_modules, or a folder that begins with `./`. */
  readonly package: string;
  readonly version: string;
  /** What the package exports it as. */
  readonly class: string;
  /** What its constructor gets. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** What a plugin said of the files. */
export interface Validated {
  readonly plugin: string;
  readonly status: 'success' | 'failure';
  /** Each in one line: the rule, the object and where it is. */
  readonly violations: readonly string[];
}

interface Plugin {
  validate(context: object): Promise<void>;
}

/**
 * The plugins that cdk8s.yaml names, made, so that wrong properties are told before anything is written. `cdk8s synth` installs
 * those that are not there; this finds them in the project.
 * @throws where the list, a package, a class or its properties are wrong
 */
export function loadValidations(): readonly { readonly of: Validation; readonly plugin: Plugin }[] {
  return listed().map((of) => {
    const where = `validation "${of.class}" of "${of.package}" in cdk8s.yaml`;
    const exported = load(of, where)[of.class];
    if (typeof exported !== 'function') throw new Failure(`${where}: the package exports no such class`);
    try {
      return { of, plugin: new (exported as new (p: object) => Plugin)(of.properties ?? {}) };
    } catch (e) {
      throw new Failure(`${where}: ${(e as Error).message}`);
    }
  });
}

function load({ package: name }: Validation, where: string): Record<string, unknown> {
  const project = createRequire(join(process.cwd(), 'cdk8s.yaml'));
  const path = isAbsolute(name) || name.startsWith('./') ? resolve(name) : name;
  try {
    project.resolve(path);
  } catch {
    throw new Failure(`${where}: the package is not there: install it in this project ("cdk8s synth" installs it by itself)`);
  }
  return project(path);
}

function listed(): readonly Validation[] {
  const given = (cdk8sYaml() as { validations?: unknown } | undefined)?.validations ?? [];
  if (typeof given === 'string')
    throw new Failure(`"validations" in cdk8s.yaml is an address, which is not fetched here: list them, or use "cdk8s synth"`);
  if (!Array.isArray(given)) throw new Failure('"validations" in cdk8s.yaml has to be a list', EXIT.usage);
  for (const [i, v] of given.entries())
    for (const key of ['package', 'class'] as const)
      if (typeof v?.[key] !== 'string' || v[key] === '')
        throw new Failure(`"${key}" of validation ${i + 1} in cdk8s.yaml has to be text`, EXIT.usage);
  return given;
}

/**
 * Has plugins look at the files that were written.
 * @throws where a plugin throws, or submits no report
 */
export async function runValidations(
  plugins: ReturnType<typeof loadValidations>,
  manifests: readonly string[],
): Promise<readonly Validated[]> {
  const out: Validated[] = [];
  for (const { of, plugin } of plugins) {
    const violations: string[] = [];
    let status: unknown;
    const report = {
      addViolation: (v: any) => violations.push(...lines(v)),
      submit: (s: unknown) => {
        status = s;
      },
    };
    const parseManifest = (file: string) => {
      const { parseAllDocuments } = require('yaml') as typeof import('yaml');
      return [...parseAllDocuments(readFileSync(file, 'utf8'))].map((d) => d.toJS());
    };
    const logger = { log: printError };
    await plugin.validate({ manifests, pkg: of.package, version: of.version, metadata: {}, report, logger, parseManifest });
    if (status !== 'success' && status !== 'failure')
      throw new Failure(`validation "${of.class}" of "${of.package}" submitted no report`);
    out.push({ plugin: of.class, status, violations });
  }
  return out;
}

/** One line for each object that violates a rule. */
const lines = (v: any): string[] =>
  (v.violatingResources as any[]).flatMap((r) =>
    (r.locations.length > 0 ? r.locations : ['']).map((at: string) => {
      const place = [r.manifestPath, at].filter(Boolean).join(':');
      return [v.ruleName, r.resourceName, place].filter(Boolean).join(': ');
    }),
  );
