import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, Failure, print, printJson } from '../output';
import { readConfig, runApp } from '../run-app';
import { renderLadder } from './synth';

/** `mesh precedence HOST`: runs the app as synth does, into a folder that is thrown away. */
export async function precedence(args: { host: string; app?: string | undefined; json: boolean }): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-'));
  try {
    const hosts = (await runApp(readConfig({ app: args.app, output: folder }))).flatMap((s) => s.hosts);
    const found = hosts.filter(
      (h) => h.host === args.host || h.host.startsWith(`${args.host}.`) || h.host === `gateway ${args.host}`,
    );
    if (found.length === 0)
      throw new Failure(
        `nothing is said about host "${args.host}" (there are rules for ${hosts.map((h) => `"${h.host}"`).join(', ') || 'none'})`,
        EXIT.usage,
      );
    if (args.json) printJson({ hosts: found });
    else for (const h of found) print(renderLadder(h));
    return EXIT.clean;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
