import type { Rung, Summary } from '../../synth/summary';
import { color, columns, EXIT, print, printJson, progress, progressDone } from '../output';
import { readConfig, runApp } from '../run-app';

/** `mesh synth`. */
export async function synth(args: {
  app?: string | undefined;
  output?: string | undefined;
  quiet: boolean;
  json: boolean;
}): Promise<number> {
  const config = readConfig(args);
  if (!args.quiet && !args.json) progress(`running ${config.app}`);
  const apps = await runApp(config);
  progressDone();
  if (args.json) printJson({ apps });
  else if (!args.quiet) for (const app of apps) print(`${render(app)}\n`);
  return EXIT.clean;
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

const short = (host: string) => host.replace(/\.svc\..*$/, '');

/** A host's ladder as text. */
export function renderLadder(h: Summary['hosts'][number]): string {
  const rung = (r: Rung) => [r.tier, r.name, r.when, '->', r.outcome, r.source ?? r.construct];
  const rows = [
    ...h.rules.map(rung),
    ...h.overlays.map((o) => [
      `+ ${o.tier}`,
      o.name,
      o.over === 'base' ? `${o.when} (releases and default)` : o.when,
      '->',
      o.outcome,
      o.source ?? o.construct,
    ]),
  ];
  const worth = h.findings.map((f) => `\n    ${color.yellow('worth a look')} ${f}`).join('');
  return `  ${color.cyan(short(h.host))}\n${columns(rows, '    ')}${worth}`;
}
