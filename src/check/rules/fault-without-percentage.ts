import { ruleText, writtenRules } from '../bound-matches';
import type { Rule } from '../rule';

/** A fault that says for no share of the requests. */
export const faultWithoutPercentage: Rule = {
  id: 'MESH144',
  name: 'fault-without-percentage',
  severity: 'warning',
  codes: [],
  summary: 'a fault that happens to no request',
  why: 'Without a percentage istiod tells Envoy 0 %: no request is delayed or aborted. Source: pilot/pkg/networking/core/route/route.go, TranslateFault.',
  remedy: 'Say the share: `percentage: { value: 100 }`.',
  *check(mesh) {
    for (const { rule, at, index } of writtenRules(mesh.of('VirtualService')))
      for (const kind of ['abort', 'delay'] as const) {
        const fault = rule.fault?.[kind];
        if (!fault || fault.percent > 0 || (fault.percentage && fault.percentage.value > 0)) continue;
        const said = fault.percentage !== undefined;
        const field = said && fault.percentage.value !== undefined ? ['percentage', 'value'] : said ? ['percentage'] : [];
        yield {
          at: at('fault', kind, ...field),
          message: `the ${kind} of ${ruleText(rule, ['', '', index])} happens to no request: ${said ? 'its percentage is 0' : 'it has no percentage, which counts as 0'}`,
          ...(said ? { severity: 'info' as const } : {}),
          hint: said ? 'take the fault out when it is over' : 'for all requests: percentage: { value: 100 }',
        };
      }
  },
};
