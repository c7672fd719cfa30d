import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AppModel, type Settles } from '../constructs/app-model';
import { IGNORE } from '../constructs/ignore-annotation';
import { objectsOf } from '../constructs/object-conflicts';
import { toldAt } from '../constructs/told-at';
import { checkDate } from '../values/date';
import { text } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';

/** A finding of `mesh check` that is meant to be. */
export interface IgnoredFinding {
  /** Name of the rule, its id, or another tool's code for it: `subset-not-defined`, `IST0101`. */
  readonly rule: string;
  /** Why, for whoever reads it next. */
  readonly reason: string;
  /** Day from which on it is found again, such as `2026-12-01`. @default - never */
  readonly until?: string;
}

const FINDING: Properties<IgnoredFinding> = { rule: 'text', reason: 'text', until: 'text?' };

/**
 * Has `mesh check` pass over findings of a rule at the objects below a construct. Compiles to the annotation
 * `mesh.cdk8s.io/ignore` of those objects, a line each: `<rule>[ until <date>]: <reason>`.
 * @param of the construct, or one object; those that it makes later are meant too
 * @throws where there is no such rule, where rule or reason are empty or have several lines, and where the date is none
 */
export function ignoreFinding(of: Construct, finding: IgnoredFinding): void {
  if (!Construct.isConstruct(of)) throw new Error('ignoreFinding is about a construct: a service, a gateway, a chart, an object');
  const { path } = of.node;
  const what = `ignoreFinding of "${path}"`;
  toldAt(path, () => {
    checkProperties(finding, FINDING, what);
    text(finding.rule, `rule of ${what}`);
    text(finding.reason, `reason of ${what}`);
    if (/[\s:]/.test(finding.rule)) throw new Error(`rule of ${what} is "${finding.rule}": it has to be one word`);
    const { named } = require('../check/rules') as typeof import('../check/rules');
    named(finding.rule);
    if (/[\r\n]/.test(finding.reason)) throw new Error(`reason of ${what} has several lines: write it in one`);
    if (finding.until !== undefined) checkDate(finding.until, `until of ${what}`);
    const line = `${finding.rule}${finding.until ? ` until ${finding.until}` : ''}: ${finding.reason}`;
    AppModel.of(of).add(new Ignored(of, line));
  });
}

/** Writes the line when all objects are there. */
class Ignored implements Settles {
  private readonly done = new Set<ApiObject>();

  constructor(
    private readonly construct: Construct,
    private readonly line: string,
  ) {}

  get node() {
    return this.construct.node;
  }

  finish(): void {
    for (const o of objectsOf(this.construct)) {
      if (this.done.has(o)) continue;
      this.done.add(o);
      const known: unknown = o.toJson().metadata?.annotations?.[IGNORE];
      o.metadata.addAnnotation(IGNORE, typeof known === 'string' ? `${known}\n${this.line}` : this.line);
    }
  }
}
