import { items, texts } from '../items';
import type { Rule } from '../rule';

/** An AuthorizationPolicy names a path that no request has. */
export const policyPathImpossible: Rule = {
  id: 'MESH163',
  name: 'policy-path-impossible',
  severity: 'warning',
  codes: [],
  summary: 'an AuthorizationPolicy names a path that no request has',
  why: 'A path is compared with that of the request, which begins with "/", and of which query and fragment have been cut off. Text that does not begin with "/" or "*", or that has "?" or "#", is never met: an ALLOW lets nothing in by it, and a DENY keeps nothing out. Source: pilot/pkg/security/authz/matcher/path.go; Envoy, UrlPathMatcher.',
  remedy: 'Write the path as it follows the host, without its query; `*` may stand at one of its ends.',
  *check(mesh) {
    for (const { spec, manifest } of mesh.of('AuthorizationPolicy'))
      for (const [i, rule] of items(spec.rules))
        for (const [j, { operation }] of items(rule.to))
          for (const field of ['paths', 'notPaths'])
            for (const [k, path] of texts(operation?.[field])) {
              const why = reason(path);
              if (!why) continue;
              yield {
                at: { manifest, path: ['spec', 'rules', i, 'to', j, 'operation', field, k] },
                message: `no request has the path "${path}": ${why}`,
                hint: `write "${written(path)}"`,
              };
            }
  },
};

const reason = (path: string): string | undefined =>
  path === ''
    ? undefined // istiod refuses it
    : !/^[/*]/.test(path)
      ? 'paths begin with "/"'
      : /[?#]/.test(path)
        ? 'query and fragment are cut off before paths are compared'
        : undefined;

/** The path that is meant: of a URL what follows its host. */
function written(given: string): string {
  const path = given
    .replace(/^\^/, '')
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/[?#].*$/, '');
  return /^[/*]/.test(path) ? path : `/${path}`;
}
