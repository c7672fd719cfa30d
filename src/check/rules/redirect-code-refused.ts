import { writtenRules } from '../bound-matches';
import type { Rule } from '../rule';

const CODES = [301, 302, 303, 307, 308];

/** A redirect with a code that Envoy does not know. */
export const redirectCodeRefused: Rule = {
  id: 'MESH146',
  name: 'redirect-code-refused',
  severity: 'error',
  codes: [],
  summary: 'a redirect code makes Envoy refuse all routes of the port',
  why: 'istiod takes any code of 3xx, and makes a route without an action of one that Envoy does not know. Envoy then refuses the whole route configuration: all hosts of that port keep the routes that they had, and a proxy that starts has none. Nothing is said at the object. Source: pilot/pkg/networking/core/route/route.go, ApplyRedirect; Envoy, RouteValidationError "action is required".',
  remedy: 'Use 301, 302, 303, 307 or 308; an answer with another code is a `directResponse`.',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService'))) {
      const code = rule.redirect?.redirectCode;
      if (code && !CODES.includes(code) && code >= 300 && code < 400)
        yield {
          at: at('redirect', 'redirectCode'),
          message: `Envoy knows no redirect with ${code}, and refuses all routes of every port that this rule is for, those of other hosts too`,
          hint: code === 304 ? 'an answer with 304 is a directResponse' : `use one of ${CODES.join(', ')}`,
        };
    }
  },
};
