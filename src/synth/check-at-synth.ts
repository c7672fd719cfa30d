import type { App } from 'cdk8s';
import { AppModel } from '../constructs/app-model';
import { Mesh } from '../constructs/mesh';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { manifestsOf } from './manifests-of';

/** What is checked when the app is synthesized. */
export interface CheckAtSynthOptions {
  /**
   * Findings that are less bad do not end the synth. `info` ends it at anything.
   * @default 'error'
   */
  readonly severity?: 'error' | 'warning' | 'info';
  /**
   * Names of the rules to follow: those that hold whatever else is in the cluster, where the app is only a part of it.
   * @default - all
   */
  readonly rules?: readonly string[];
}

const OPTIONS: Properties<CheckAtSynthOptions> = { severity: 'text?', rules: 'list?' };

/**
 * Has the app checked whenever it is synthesized (by `app.synth()`, `mesh synth` or `cdk8s synth`): what `mesh check` finds
 * is an error of validation, told with its construct. Nothing is written then.
 * @throws where a rule or a severity is not known
 */
export function checkAtSynth(app: App, options: CheckAtSynthOptions = {}): void {
  checkProperties(options, OPTIONS, 'checkAtSynth');
  const { SEVERITIES } = require('../check/rule') as typeof import('../check/rule');
  const severity = oneOf(options.severity ?? 'error', SEVERITIES, 'property "severity" of checkAtSynth');
  const { RULES, named } = require('../check/rules') as typeof import('../check/rules');
  const rules = options.rules ? options.rules.map((name) => named(name)) : RULES;
  AppModel.of(app); // whose validation makes the objects, and is asked before the one that is added here
  app.node.addValidation({
    validate: () => {
      const { check } = require('../check/check') as typeof import('../check/check');
      const { clusterDomain, meshConfig } = Mesh.of(app);
      const report = check({ manifests: manifestsOf(app), unreadable: [] }, { rules, severity, clusterDomain, meshConfig });
      return report.diagnostics.map(
        (d) => `${d.construct ? `${d.construct}: ` : ''}${d.message}${d.hint ? ` (${d.hint})` : ''} [${d.id} ${d.rule}]`,
      );
    },
  });
}
