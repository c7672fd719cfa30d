import { millis } from '../../model/mesh-config';
import { ruleText, writtenRules } from '../bound-matches';
import type { Rule } from '../rule';

/** Tries that cannot all fit into the timeout of the rule. */
export const retriesOutlastTimeout: Rule = {
  id: 'MESH142',
  name: 'retries-outlast-timeout',
  severity: 'warning',
  codes: [],
  summary: 'the timeout of a rule ends before its retries can',
  why: 'The timeout is for all tries together. Where one try may take as long, a slow one is never tried again: the client gets 504 when the retry would begin. Where only some of the tries fit, the last ones are never made when each takes its time. Source: Envoy, router filter: `timeout` is the whole, `per_try_timeout` each; `attempts` is the number of retries after the first try.',
  remedy: 'Give the rule a timeout of at least `perTryTimeout` × (`attempts` + 1), or fewer or shorter tries.',
  *check(mesh) {
    for (const { rule, at, index } of writtenRules(mesh.of('VirtualService'))) {
      const whole = millis(rule.timeout);
      const each = millis(rule.retries?.perTryTimeout);
      const attempts = rule.retries?.attempts;
      if (!whole || !each || !(attempts > 0)) continue;
      const fitting = Math.ceil(whole / each);
      if (fitting > attempts) continue;
      const name = ruleText(rule, ['', '', index]);
      yield {
        at: at('retries', 'perTryTimeout'),
        severity: fitting === 1 ? 'warning' : 'info',
        message:
          fitting === 1
            ? `a try of ${name} may take ${rule.retries.perTryTimeout}, and all of them together ${rule.timeout}: a slow one is never tried again`
            : `${attempts + 1} tries of ${rule.retries.perTryTimeout} do not fit into the ${rule.timeout} of ${name}: when they are slow, only ${fitting} are made`,
        hint: `a timeout of ${((attempts + 1) * each) / 1000}s has room for all`,
        related: [{ at: at('timeout'), message: 'for all tries together' }],
      };
    }
  },
};
