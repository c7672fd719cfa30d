import { renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder';

/** Beside its place, then moved there: a run that is cut off leaves no half file. */
export function writeFile(file: string, text: string): void {
  const beside = `${file}.${process.pid}.new`;
  try {
    makeFolder(dirname(file));
    writeFileSync(beside, text);
    renameSync(beside, file);
  } catch (e) {
    throw new Error(`"${file}" cannot be written: ${(e as Error).message}`);
  }
}
