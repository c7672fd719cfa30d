import { existsSync, readFileSync } from 'node:fs';
import { EXIT, Failure, parserSaid } from './output';

/** What cdk8s.yaml of the folder that the command runs in says; nothing where there is none. */
export function cdk8sYaml(): { readonly app?: string; readonly output?: string } | undefined {
  if (!existsSync('cdk8s.yaml')) return undefined;
  const { parse } = require('yaml') as typeof import('yaml');
  let file: { app?: unknown; output?: unknown };
  try {
    file = (parse(readFileSync('cdk8s.yaml', 'utf8')) as typeof file | null) ?? {};
  } catch (e) {
    throw new Failure(`cdk8s.yaml cannot be read: ${parserSaid(e)}`);
  }
  for (const key of ['app', 'output'] as const) {
    const value = file[key];
    if (value !== undefined && (typeof value !== 'string' || value.trim() === ''))
      throw new Failure(`"${key}" in cdk8s.yaml is ${JSON.stringify(value)}: it has to be text`, EXIT.usage);
  }
  return file as { app?: string; output?: string };
}
