import { ruleText, writtenRules } from '../bound-matches';
import type { Rule } from '../rule';

/** A rule that aborts requests, and says how they are tried again. */
export const retriesBesideAbort: Rule = {
  id: 'MESH143',
  name: 'retries-beside-abort',
  severity: 'info',
  codes: [],
  summary: 'a fault that is injected is not tried again',
  why: 'The fault is made before the router, which is what tries again: an aborted request is answered at once, and `retries` of the same rule is about the other requests alone. A test of retries that aborts on the rule that retries sees every abort. Source: Envoy, HTTP filter order (envoy.filters.http.fault before envoy.filters.http.router).',
  remedy: 'To see retries at work, abort where the request arrives (at a later hop), not on the rule that retries.',
  *check(mesh) {
    for (const { rule, at, index } of writtenRules(mesh.of('VirtualService')))
      if (rule.fault?.abort && rule.retries?.attempts > 0)
        yield {
          at: at('retries'),
          message: `the aborts of ${ruleText(rule, ['', '', index])} are not tried again: the fault comes before the retries`,
          related: [{ at: at('fault', 'abort'), message: 'answers the client at once' }],
        };
  },
};
