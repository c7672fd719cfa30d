import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Beside its place, then moved there: a run that is cut off leaves no half file. */
export function writeFile(file: string, text: string): void {
  const beside = `${file}.${process.pid}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(beside, text);
    renameSync(beside, file);
  } catch (e) {
    throw new Error(`"${file}" cannot be written: ${(e as Error).message}`);
  }
}
