import type { CheckReport } from '../../check/check';
import { type Rule, SEVERITIES, type Severity } from '../../check/rule';
import { didYouMean, quoted } from '../../values/names';
import type { Installation } from '../installation';
import { color, columns, EXIT, Failure, print, printJson } from '../output';
import { ALL_RULES, chosenRules, rulesNamed } from '../rules-option';

/** Options of `mesh check`. */
export interface CheckArgs extends Installation {
  readonly json: boolean;
  readonly sarif: boolean;
  readonly github: boolean;
  readonly path: readonly string[];
  readonly severity?: string | undefined;
  readonly rules?: string | undefined;
  readonly explain?: string | undefined;
  readonly now?: string | undefined;
  readonly batch?: string | undefined;
}

/** Options that mean nothing beside `--batch`. */
const NOT_OF_BATCH = ['severity', 'rules', 'now', 'meshConfig', 'clusterDomain', 'namespace'] as const;

/** Says what is wrong in manifests. */
export async function checkCommand(a: CheckArgs): Promise<number> {
  const { RULES } = require('../../check/rules') as typeof import('../../check/rules');
  if (a.batch !== undefined) {
    if (a.path.length > 0 || a.json || a.sarif || a.github || NOT_OF_BATCH.some((o) => a[o] !== undefined))
      throw new Failure(
        '--batch takes its cases from its file, and answers a line of JSON each: leave out paths, formats and all other options',
        EXIT.usage,
      );
    return batch(a.batch);
  }
  if (a.explain !== undefined) return explain(a.explain, RULES, a.json);
  if ([a.json, a.sarif, a.github].filter(Boolean).length > 1)
    throw new Failure('say one of --json, --sarif and --github', EXIT.usage);
  const options = { severity: severityOf(a.severity), rules: chosenRules(a.rules, RULES), ...nowOf(a.now) };
  const { installationOptions, meshConfigText } = require('../installation') as typeof import('../installation');
  const { manifestsOf, nothingRead, placed } = require('../manifests-of') as typeof import('../manifests-of');
  const { check } = require('../../check/check') as typeof import('../../check/check');
  const read = placed(manifestsOf(a.path), a);
  // a chart's values and the like are nobody's manifests
  if (read.manifests.length === 0 && read.unreadable.every((u) => u.foreign)) throw nothingRead(a.path, read.unreadable);
  const installation = installationOptions(a, read.manifests);
  const given = a.meshConfig === undefined ? undefined : meshConfigText(a.meshConfig);
  const report = check(read, { ...options, ...installation, ...(given ? { meshConfigFile: given.meshConfigFile } : {}) });
  if (a.json) printJson(reportJson(report));
  else if (a.sarif) {
    const { sarif } = require('../../check/sarif') as typeof import('../../check/sarif');
    const { version } = require('../../../../package.json') as { version: string };
    printJson(sarif(report, RULES, version, uriOf));
  } else if (a.github) {
    const { githubAnnotation } = require('../../check/github') as typeof import('../../check/github');
    for (const d of report.diagnostics) print(githubAnnotation(d));
  } else {
    const { checkText } = require('../../check/text') as typeof import('../../check/text');
    print(checkText(report, (place) => read.lineOf(place) ?? given?.lineOf(place), color));
  }
  return report.summary.errors + report.summary.warnings > 0 ? EXIT.findings : EXIT.clean;
}

/** A file that is named from the root is where it is on this machine; others are where the repository is. */
function uriOf(file: string): string {
  if (file === 'standard input') return 'stdin';
  const { isAbsolute } = require('node:path') as typeof import('node:path');
  const { pathToFileURL } = require('node:url') as typeof import('node:url');
  return isAbsolute(file) ? pathToFileURL(file).href : relativeUri(file);
}

const relativeUri = (file: string) => file.split('/').map(encodeURIComponent).join('/');

/** The report as data. */
const reportJson = ({ diagnostics, suppressed, summary }: CheckReport) => ({
  diagnostics,
  suppressed: suppressed.map(({ diagnostic, suppression: { reason, until } }) => ({
    ...diagnostic,
    suppressed: { reason, ...(until === undefined ? {} : { until }) },
  })),
  summary,
});

function severityOf(given: string | undefined): Severity {
  if (given === undefined) return 'info';
  if ((SEVERITIES as readonly string[]).includes(given)) return given as Severity;
  throw new Failure(`--severity "${given}" is none of ${quoted(SEVERITIES)}${didYouMean(given, SEVERITIES)}`, EXIT.usage);
}

function explain(name: string, rules: readonly Rule[], json: boolean): number {
  const all = name === ALL_RULES;
  const found = rulesNamed(name, rules);
  if (json) {
    printJson(found.map(({ check, ...r }) => r));
    return EXIT.clean;
  }
  const { explanation } = require('../../check/explain') as typeof import('../../check/explain');
  print(
    all
      ? columns(found.map((r) => [r.id, r.severity, r.name, r.codes.join(' '), r.summary]))
      : found.map((r) => explanation(r)).join('\n\n'),
  );
  return EXIT.clean;
}

function nowOf(given: string | undefined): { readonly now?: Date } {
  if (given === undefined) return {};
  const { isDate } = require('../../values/date') as typeof import('../../values/date');
  if (!isDate(given)) throw new Failure(`--now "${given}" is no date: write it like 2026-12-01`, EXIT.usage);
  return { now: new Date(given) };
}

/** One case a line in, one answer a line out, in order; an error is an answer. */
async function batch(file: string): Promise<number> {
  const { checkCase } = require('../../check/batch') as typeof import('../../check/batch');
  const { answerLines } = require('../json-lines') as typeof import('../json-lines');
  await answerLines(
    file,
    (line) => checkCase(line as never),
    (error) => ({ id: '', diagnostics: [], error }),
  );
  return EXIT.clean;
}
