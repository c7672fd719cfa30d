import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { isDate } from '../values/date';
import { didYouMean, dnsLabel, quoted } from '../values/names';
import { fromHere } from './origin';
import { aboutIn, type Fault, Faults, saidBy } from './told-at';
import { envNameFault, imageFault } from './workload-props';

/** A developer's environment, as its file says. */
export interface EnvironmentFile {
  /** Where the file says its name: `environments/dev2.yaml:2:7`. */
  readonly at: string;
  /** The environment's. */
  readonly name: string;
  /** The date after which it is no longer meant: `2026-12-01`. */
  readonly until?: string;
  /** By service. */
  readonly forks: Readonly<
    Record<string, { readonly image: string; readonly env?: Readonly<Record<string, string>>; readonly replicas?: number }>
  >;
}

/**
 * Reads the folder's YAML and JSON files, hidden ones aside, in order of name, and makes what each of them says. Throws one error with every
 * fault of every file, each at its line.
 * @param construct path of the one that asks
 */
export function readEnvironments<T>(
  construct: string,
  folder: string,
  services: readonly string[],
  make: (file: EnvironmentFile) => T,
): T[] {
  const faults: Fault[] = [];
  const seen = new Map<string, string>();
  const out: EnvironmentFile[] = [];
  for (const file of filesOf(folder)) {
    const env = readEnvironment(join(folder, file), services, (place, message) => faults.push({ place, construct, message }));
    if (!env) continue;
    const other = seen.get(env.name);
    const message = `environment "${env.name}" is declared already, at ${other}: give one of them another name`;
    if (other) faults.push({ place: env.at, construct, message });
    else seen.set(env.name, env.at);
    out.push(env);
  }
  if (faults.length > 0) throw new Faults(faults);
  const made = out.flatMap((env) => {
    try {
      return [make(env)];
    } catch (e) {
      faults.push({ place: env.at, construct: aboutIn(e) ?? construct, message: saidBy(e) });
      return [];
    }
  });
  if (faults.length > 0) throw new Faults(faults);
  return made;
}

/** Names of the folder's files, in order. */
function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((f) => !f.isDirectory() && /^[^.].*\.(ya?ml|json)$/i.test(f.name)) // an editor's and macOS' own are hidden
      .map((f) => f.name)
      .sort();
  } catch (e) {
    const [why] = (e as Error).message.split(','); // the rest is the path, in full
    throw new Error(`cannot read the environments folder "${fromHere(folder)}": ${why}`);
  }
}

type Positioned = { readonly range?: readonly [number, number, number] | null | undefined } | null | undefined;

function readEnvironment(
  file: string,
  services: readonly string[],
  found: (place: string, message: string) => void,
): EnvironmentFile | undefined {
  const lines = new LineCounter();
  const doc = parseDocument(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), { lineCounter: lines, prettyErrors: false });
  const here = fromHere(file);
  let sound = true;
  const placeOf = (at: Positioned): string => {
    const { line, col } = lines.linePos(at?.range?.[0] ?? 0);
    return `${here}:${line || 1}:${col || 1}`;
  };
  const fault = (at: Positioned, message: string) => {
    sound = false;
    found(placeOf(at), message);
  };
  // what comes after the first error is mostly what follows from it
  const [broken] = doc.errors;
  if (broken) {
    const why =
      broken.code === 'MULTIPLE_DOCS'
        ? 'the file has several YAML documents ("---"): a file is one environment, so put each into a file of its own'
        : `the file cannot be read as YAML: ${broken.message.split('\n')[0]!}`;
    fault({ range: [broken.pos[0], broken.pos[1], broken.pos[1]] }, why);
    return undefined;
  }
  const root = doc.contents;
  if (!isMap(root)) {
    fault(root as Node | null, 'an environment file is a map with name, forks and, if it ends, until');
    return undefined;
  }
  const map = (m: YAMLMap, known: readonly string[], what: string) => {
    for (const p of m.items as Pair<Node, Node>[])
      if (!known.includes(String(p.key)))
        fault(p.key, `${what} has no "${String(p.key)}" (it has ${quoted(known)})${didYouMean(String(p.key), known)}`);
  };
  const textOf = (m: YAMLMap, key: string, what: string, needed: boolean): string | undefined => {
    const node = m.get(key, true) as Node | undefined;
    if (node === undefined) {
      if (needed) fault(m, `${what} has no ${key}`);
      return undefined;
    }
    if (isScalar(node) && typeof node.value === 'string' && node.value !== '') return node.value;
    fault(node, `${key} of ${what} has to be text`);
    return undefined;
  };

  map(root, ['name', 'forks', 'until'], 'an environment');
  const name = textOf(root, 'name', 'the environment', true);
  const nameNode = root.get('name', true) as Node;
  if (name !== undefined)
    try {
      dnsLabel(name, 'name of the environment');
    } catch (e) {
      fault(nameNode, (e as Error).message);
    }
  const until = textOf(root, 'until', 'the environment', false);
  if (until !== undefined && !isDate(until))
    fault(root.get('until', true) as Node, `until is "${until}", which is not a date: write it like "2026-12-01"`);
  const forksNode = root.get('forks', true) as Node | undefined;
  const forks: Record<string, { image: string; env?: Record<string, string>; replicas?: number }> = {};
  if (!isMap(forksNode) || forksNode.items.length === 0)
    fault(forksNode ?? root, 'forks has to name at least one service, such as forks: { reviews: { image: … } }');
  else {
    for (const p of forksNode.items as Pair<Node, Node>[]) {
      const service = String(p.key);
      if (!services.includes(service))
        fault(
          p.key,
          `service "${service}" cannot be forked here (those that can: ${quoted(services)})${didYouMean(service, services)}`,
        );
      if (!isMap(p.value)) {
        fault(p.value ?? p.key, `fork of "${service}" has to be a map with image, env and replicas`);
        continue;
      }
      map(p.value, ['image', 'env', 'replicas'], `fork of "${service}"`);
      const image = textOf(p.value, 'image', `fork of "${service}"`, true);
      const imageIs = image === undefined ? undefined : imageFault(image);
      if (imageIs) fault(p.value.get('image', true) as Node, `image of "${service}" ${imageIs}`);
      const replicas = p.value.get('replicas');
      if (replicas !== undefined && (!Number.isInteger(replicas) || (replicas as number) < 0))
        fault(p.value.get('replicas', true) as Node, `replicas of "${service}" has to be a whole number`);
      const env = p.value.get('env', true);
      if (env !== undefined && !isMap(env)) fault(env as Node, `env of "${service}" has to be a map of text`);
      if (isMap(env))
        for (const v of env.items as Pair<Node, Node>[]) {
          const nameIs = envNameFault(String(v.key));
          if (nameIs) fault(v.key, `env of "${service}": ${nameIs}`);
          if (!isScalar(v.value) || typeof v.value.value !== 'string')
            fault(v.value ?? v.key, `env ${String(v.key)} of "${service}" has to be text: put it in quotes`);
        }
      if (image !== undefined)
        forks[service] = {
          image,
          ...(isMap(env) ? { env: env.toJSON() as Record<string, string> } : {}),
          ...(typeof replicas === 'number' ? { replicas } : {}),
        };
    }
  }
  return sound ? { at: placeOf(nameNode), name: name!, forks, ...(until === undefined ? {} : { until }) } : undefined;
}
