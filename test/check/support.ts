import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The mesh's configuration, where a folder of cases has one. */
export function meshConfigBeside(folder: string): { readonly meshConfig?: Record<string, unknown> } {
  const file = join(folder, 'meshconfig.yaml');
  return existsSync(file) ? { meshConfig: parse(readFileSync(file, 'utf8')) } : {};
}
