import { existsSync } from 'node:fs';
import { traffic } from '../apply';
import { nameText } from '../apply/named';
import { type Way, wayBetween } from '../apply/offline';
import { diffText } from '../diff/text';
import type { Manifest } from '../manifests/manifest';
import type { PlanArgs } from './commands/plan';
import { color, EXIT, print, printJson } from './output';

/** Says what is between a base and the files, for a pull request: no cluster is asked. */
export function planFromBase(a: PlanArgs, manifests: readonly Manifest[]): number {
  const way = wayBetween(baseOf(a.base!, a.path), manifests, a.clusterDomain);
  const { installationOptions } = require('./model-of') as typeof import('./model-of');
  const differences = traffic(way, installationOptions(a, manifests));
  const refused = way.between !== undefined || way.knots.length > 0;
  if (a.json) {
    const { diffJson } = require('../diff/diff-json') as typeof import('../diff/diff-json');
    printJson({
      base: a.base,
      phases: way.phases.map(({ writes, settles }) => ({
        writes: writes.map((w) => ({ object: nameText(w.object), action: w.action, ...(w.wide ? { wide: true } : {}) })),
        settles,
      })),
      safeInOneCommit: !refused,
      knots: way.knots,
      traffic: diffJson(differences),
    });
  } else print(wayText(way, a.base!, diffText(differences, color)));
  return refused ? EXIT.failure : way.phases.length > 0 ? EXIT.findings : EXIT.clean;
}

/** Manifests of a folder, or of a git revision of what is planned. */
export function baseOf(base: string, paths: readonly string[]): readonly Manifest[] {
  const { manifestsOf, outputFolder } = require('./model-of') as typeof import('./model-of');
  if (existsSync(base)) return manifestsOf([base]).manifests;
  const { readRevision } = require('./git') as typeof import('./git');
  return readRevision(base, paths.length > 0 ? paths : [outputFolder()]).manifests;
}

const SIGNS = { create: '+', change: '~', delete: '-' } as const;

function wayText(way: Way, base: string, changes: string): string {
  if (way.phases.length === 0) return `nothing is written: the files are as they are at ${base}`;
  const out = [color.dim('what changes for requests'), changes.replace(/^(?=.)/gm, '  ')];
  for (const [i, p] of way.phases.entries()) {
    out.push('', color.dim(way.phases.length === 1 ? 'what is written' : `phase ${i + 1} of ${way.phases.length}`));
    for (const w of p.writes)
      out.push(`  ${SIGNS[w.action]} ${nameText(w.object)}${w.wide ? color.dim(' (both as it is and as it is to be)') : ''}`);
    if (p.settles) out.push(color.dim('  then until the proxies have heard of it'));
  }
  for (const k of way.knots)
    out.push(
      '',
      `${color.red('refused')} ${k.key}: there is no order without a gap: ${k.facts.join(', ')} would go while others refer to it`,
    );
  if (way.between)
    out.push(
      '',
      `${color.red('refused')} one commit cannot do this without a gap: a commit with both states has to come first, for what it takes away is still in use`,
      `mesh gitops --base ${base} writes that commit's files`,
    );
  return out.join('\n');
}
