import type { Diagnostic } from '../check/diagnostic';
import type { Rule, Severity } from '../check/rule';
import { checkProperties, oneOf, type Properties } from '../values/properties';

/** Properties of the plugin in cdk8s.yaml. */
export interface MeshCheckProperties {
  /** Findings that are less bad are left out. @default 'info' */
  readonly severity?: Severity;
  /** Findings from this on make the validation fail. @default 'warning' */
  readonly failOn?: Severity;
  /** Names of the rules to follow. @default - all */
  readonly rules?: readonly string[];
}

const PROPERTIES: Properties<MeshCheckProperties> = { severity: 'text?', failOn: 'text?', rules: 'list?' };

/** What cdk8s-cli hands to a plugin, as far as it is used. Source: cdk8s-cli's plugins/validation.ts. */
interface ValidationContext {
  readonly manifests: readonly string[];
  readonly report: {
    addViolation(violation: {
      readonly ruleName: string;
      readonly recommendation: string;
      readonly fix: string;
      readonly violatingResources: readonly {
        readonly resourceName: string;
        readonly locations: readonly string[];
        readonly manifestPath: string;
      }[];
    }): void;
    submit(status: 'success' | 'failure', metadata?: Readonly<Record<string, string>>): void;
  };
}

/**
 * `mesh check` as a plugin of `cdk8s synth`: name it under `validations` in cdk8s.yaml, with `class: MeshCheck`. What it
 * finds is in cdk8s-cli's report, and makes `cdk8s synth` fail with 2.
 */
export class MeshCheck {
  private readonly rules: readonly Rule[];

  /** @throws where a property, a severity or a rule is not known */
  constructor(private readonly properties: MeshCheckProperties = {}) {
    checkProperties(properties, PROPERTIES, 'MeshCheck');
    const { SEVERITIES } = require('../check/rule') as typeof import('../check/rule');
    for (const name of ['severity', 'failOn'] as const)
      if (properties[name] !== undefined) oneOf(properties[name], SEVERITIES, `property "${name}" of MeshCheck`);
    const { RULES, named } = require('../check/rules') as typeof import('../check/rules');
    this.rules = properties.rules ? properties.rules.map((name) => named(name)) : RULES;
  }

  /** Asked by cdk8s-cli, with the files that it wrote. */
  async validate(context: ValidationContext): Promise<void> {
    const { check } = require('../check/check') as typeof import('../check/check');
    const { summaryText } = require('../check/text') as typeof import('../check/text');
    const { atLeast } = require('../check/rule') as typeof import('../check/rule');
    const { readManifests } = require('../manifests/files') as typeof import('../manifests/files');
    const { severity = 'info', failOn = 'warning' } = this.properties;
    const { diagnostics, summary } = check(readManifests(context.manifests), { rules: this.rules, severity });
    for (const rule of this.rules) {
      const found = diagnostics.filter((d) => d.id === rule.id);
      if (found.length > 0)
        context.report.addViolation({
          ruleName: `${rule.id} ${rule.name}`,
          recommendation: rule.why,
          fix: rule.remedy,
          violatingResources: found.map((d) => ({
            resourceName: d.resource?.name ?? '',
            manifestPath: d.file,
            locations: [location(d)],
          })),
        });
    }
    const failed = diagnostics.some((d) => atLeast(d.severity, failOn));
    context.report.submit(failed ? 'failure' : 'success', { findings: summaryText(summary) });
  }
}

const location = (d: Diagnostic): string =>
  [`${d.line}:${d.column} ${d.field ?? ''}`.trim(), d.message, d.hint, d.source && `${d.construct} (${d.source})`]
    .filter(Boolean)
    .join('; ');
