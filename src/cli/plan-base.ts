import { existsSync } from 'node:fs';
import { traffic } from '../apply';
import { isNamed, named, nameText } from '../apply/named';
import { heldBack, type Way } from '../apply/plan/offline';
import type { Refusal } from '../apply/plan/planned-object';
import { fileChanges } from '../apply/plan/steps';
import { untilText, type WritesContext, writesText } from '../apply/plan/writes-text';
import { diffText } from '../diff/text';
import type { FixedField } from '../fields/fixed-fields';
import { wayFrom } from './base';
import { objectsToApply } from './cluster';
import type { PlanArgs } from './commands/plan';
import { color, EXIT, Failure, print, printJson } from './output';
import { sameFiles } from './same-files';
import { wavesJson } from './waves-text';

/** Says what is between a base and the files, for a pull request: no cluster is asked. */
export function planFromBase(a: PlanArgs, base: string): number {
  if (a.path.includes('-') && !existsSync(base))
    throw new Failure(
      `standard input is in no revision: name the files or folders that are planned, or a folder that holds what "${base}" has: --base DIR`,
      EXIT.usage,
    );
  const way = wayFrom(base, objectsToApply(a.path), a);
  const { installationOptions } = require('./installation') as typeof import('./installation');
  const differences = traffic(way, installationOptions(a, way.after));
  const fixed = way.fixed.filter((f) => !isNamed((a.replace ?? []).map(named), f.manifest));
  const refused = way.between !== undefined || way.knots.length + fixed.length + way.moved.length > 0;
  const steps = fileChanges(
    way.commits.flatMap((c) => c.phases.flatMap((p) => p.writes)),
    way.before,
    way.after,
  );
  if (a.json) {
    const { diffJson } = require('../diff/diff-json') as typeof import('../diff/diff-json');
    printJson({
      base,
      phases: way.commits
        .flatMap((c) => c.phases)
        .map(({ writes, awaited, pods, gone, settles }) => ({
          writes: writes.map((w) => ({
            object: nameText(w.object),
            action: w.action,
            ...(w.wide ? { wide: true } : {}),
            ...(steps.has(w) ? { changes: steps.get(w) } : {}),
          })),
          awaited,
          pods: pods.map(nameText),
          gone: gone.map(nameText),
          settles,
        })),
      safeInOneCommit: way.between === undefined && way.knots.length === 0,
      commits: way.commits.length,
      firstCommit: heldBack(way).map((h) => ({ object: nameText(h.manifest), holds: h.form })),
      knots: way.knots,
      moved: way.moved,
      fixed: fixed.map((f) => ({ object: nameText(f.manifest), fields: f.fields })),
      ...(way.knots.length === 0 ? wavesJson(way) : {}),
      traffic: diffJson(differences),
    });
  } else {
    const files = sameFiles(a);
    print(
      wayText({ ...way, fixed }, base, files, diffText(differences, color, files), {
        planned: new Map(),
        steps,
        refused: new Set(),
        all: a.all,
        paint: color,
      }),
    );
  }
  return refused ? EXIT.failure : way.phases.length > 0 ? EXIT.findings : EXIT.clean;
}

/** Why an object cannot change, and the ways out. */
export function fixedText({ manifest, fields }: FixedField): string {
  const what = nameText(manifest);
  const other = manifest.kind === 'Job' ? 'another name is another run' : 'give it another name';
  return `${what}: ${fields.join(', ')} cannot change once it is there: ${other}; or have it deleted and made anew, and missing in between: by mesh apply --replace ${what}, or annotate it argocd.argoproj.io/sync-options: Force=true,Replace=true for Argo CD, kustomize.toolkit.fluxcd.io/force: enabled for Flux`;
}

/** Why a change is refused, and the way out. */
export const refusalText = ({ what, message }: Refusal): string => `${what}: ${message}`;

function wayText(way: Way, base: string, again: string, changes: string, c: WritesContext): string {
  if (way.phases.length + way.knots.length === 0) return `nothing is written: the files are as they are at ${base}`;
  const out = [color.dim('what changes for requests'), changes.replace(/^(?=.)/gm, '  ')];
  const all = way.commits.flatMap((c) => c.phases);
  for (const [n, { phases }] of way.commits.entries()) {
    if (way.commits.length > 1) out.push('', `commit ${n + 1} of ${way.commits.length}`);
    for (const p of phases) {
      const title = all.length === 1 ? 'what is written' : `phase ${all.indexOf(p) + 1} of ${all.length}`;
      out.push(...(way.commits.length > 1 && p === phases[0] ? [] : ['']), color.dim(title));
      out.push(...writesText(p.writes, c));
      out.push(...untilText(p, color));
    }
  }
  for (const r of [...way.knots, ...way.moved]) out.push('', `${color.red('refused')} ${refusalText(r)}`);
  for (const f of way.fixed) out.push('', `${color.red('refused')} ${fixedText(f)}`);
  if (way.between && way.knots.length === 0) {
    const { heldText } = require('./commands/gitops') as typeof import('./commands/gitops');
    out.push(
      '',
      `${color.red('refused')} one commit cannot do this without a gap${way.isByWaves ? ' in the order of its sync waves' : ': what it takes away is in use until the rest is in effect'}`,
      `${way.commits.length} commits are needed, and the first holds these otherwise than the files do:`,
      heldText(way),
      `mesh gitops --base ${base}${again} writes that commit's files`,
    );
  }
  // on standard output: it is what is posted
  if (way.knots.length === 0)
    for (const message of Object.values(wavesJson(way))) out.push('', `${color.yellow('worth a look')} ${message}`);
  return out.join('\n');
}
