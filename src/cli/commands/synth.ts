import { resolve } from 'node:path';
import { removeLeftovers } from '../../synth/leftovers';
import type { Problem } from '../../synth/problem';
import type { Summary } from '../../synth/summary';
import { renderLadder, short } from '../ladder';
import { color, columns, EXIT, print, printJson, progress, progressDone, reportFailed, reportFinding } from '../output';
import { readConfig, runApp } from '../run-app';
import { loadValidations, runValidations } from '../validations';

/** `mesh synth`. */
export async function synth(args: {
  app?: string | undefined;
  output?: string | undefined;
  quiet: boolean;
  strict: boolean;
  json: boolean;
}): Promise<number> {
  const config = readConfig(args);
  const plugins = loadValidations();
  if (!args.quiet && !args.json) progress(`running ${config.app}`);
  const apps = await runApp(config, { write: true }).finally(progressDone);
  const { removed, worth } = tidy(apps);
  const files = apps.flatMap((a) => a.files.map((f) => f.file));
  const validations = await runValidations(plugins, files);
  if (args.json) printJson({ apps, removed, leftovers: worth, ...(plugins.length > 0 ? { validations } : {}) });
  else if (!args.quiet) {
    for (const app of apps) print(`${render(app)}\n`);
    for (const file of removed) print(`removed ${file}: nothing is written to it any more`);
  }
  const found = [...apps.flatMap((a) => [...a.findings, ...a.warnings]), ...worth];
  if (!args.json) found.forEach(reportFinding);
  const refused = validations.filter((v) => v.status === 'failure');
  if (!args.json)
    for (const v of validations)
      for (const message of v.violations) (v.status === 'failure' ? reportFailed : reportFinding)({ message });
  if (refused.length > 0 && !args.json)
    reportFailed({ message: `${refused.map((v) => v.plugin).join(', ')} in cdk8s.yaml refuses what was written` });
  return refused.length > 0 || (args.strict && found.length > 0) ? EXIT.findings : EXIT.clean;
}

/** Removes what earlier runs left in the folders that were written to. Several Apps may share one. */
function tidy(apps: readonly Summary[]): { readonly removed: readonly string[]; readonly worth: readonly Problem[] } {
  const folders = new Map<string, Summary[]>();
  for (const app of apps) folders.set(resolve(app.outdir), [...(folders.get(resolve(app.outdir)) ?? []), app]);
  const done = [...folders.values()].map((sharing) =>
    removeLeftovers(
      sharing[0]!.outdir,
      sharing.flatMap((a) => a.files.map((f) => f.file)),
    ),
  );
  return {
    removed: done.flatMap((d) => d.removed),
    worth: done.flatMap((d) =>
      d.left.map((file) => ({
        message: `${file} is not of this run, and would be applied with the rest: delete it, unless another app writes it`,
      })),
    ),
  };
}

function render(s: Summary): string {
  const objects = s.files.reduce((n, f) => n + f.objects, 0);
  const title = (text: string) => color.dim(text);
  const calls = (c: readonly string[] | null) =>
    c === null ? 'calls not declared' : c.length === 0 ? 'calls nothing' : `calls ${c.map(short).join(', ')}`;
  const out = [color.bold(`${s.outdir}: ${objects} objects in ${s.files.length} ${s.files.length === 1 ? 'file' : 'files'}`)];
  if (s.services.length > 0) {
    out.push(
      title('services'),
      columns(
        s.services.map((v) => [`${v.name}.${v.namespace}`, v.versions.join(' '), v.ports.join(', '), calls(v.calls)]),
        '  ',
      ),
    );
  }
  if (s.hosts.length > 0) out.push(title('who decides, first to last'), ...s.hosts.map(renderLadder));
  if (s.access.length > 0) {
    const who = (list: readonly string[]) => list.map((w) => w.replace(/^[^/]+\/ns\/([^/]+)\/sa\//, '$1/')).join(', ');
    out.push(
      title('who may call whom'),
      columns(
        s.access.map((a) => [
          a.service,
          `${a.allowed.length > 0 ? who(a.allowed) : 'nobody'}${a.denied.length > 0 ? `; not ${who(a.denied)}` : ''}`,
        ]),
        '  ',
      ),
    );
  }
  out.push(
    title('objects'),
    `  ${Object.entries(s.kinds)
      .map(([k, n]) => `${n} ${k}`)
      .join(', ')}`,
  );
  return out.join('\n');
}
