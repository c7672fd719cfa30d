import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../synth/make-folder';
import { Failure } from '../output';

/** Writes files, by path from the folder: all of them, or none where one cannot be written. */
export function writeAll(dir: string, files: ReadonlyMap<string, string>): void {
  const undo: (() => void)[] = [];
  try {
    for (const [file, text] of files) {
      const path = join(dir, file);
      const made = makeFolder(dirname(path));
      if (made !== undefined) undo.push(() => rmSync(made, { recursive: true }));
      const there = lstatSync(path, { throwIfNoEntry: false });
      if (there === undefined) undo.push(() => rmSync(path, { force: true }));
      else if (existsSync(path)) {
        const before = readFileSync(path);
        undo.push(() => writeFileSync(path, before));
      }
      writeFileSync(path, text);
    }
  } catch (e) {
    for (const step of undo.reverse()) step();
    throw new Failure(`nothing was written: ${(e as Error).message}`);
  }
}
