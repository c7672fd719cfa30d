import { writtenRules } from '../bound-matches';
import { items } from '../items';
import type { Rule } from '../rule';

/** Scripts of any site may call with the credentials of the user. */
export const corsCredentialsForAll: Rule = {
  id: 'MESH174',
  name: 'cors-credentials-for-all',
  severity: 'warning',
  codes: [],
  summary: 'a CORS policy lets scripts of any site call with the cookies of the user',
  why: 'Envoy answers with the origin that asked, not with "*", so browsers do not refuse it: whatever page the user opens can read what the service tells this user. Source: Envoy, CORS filter.',
  remedy: 'Name the origins that may, or take `allowCredentials` out.',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService'))) {
      if (rule.corsPolicy?.allowCredentials !== true) continue;
      for (const [i, origin] of items(rule.corsPolicy.allowOrigins))
        for (const [kind, all] of ALL)
          if (all.includes(origin[kind]))
            yield {
              at: at('corsPolicy', 'allowOrigins', i, kind),
              message: `"${origin[kind]}" is any site, and "allowCredentials" hands it the cookies of the user`,
              related: [{ at: at('corsPolicy', 'allowCredentials'), message: 'with credentials' }],
            };
    }
  },
};

const ALL: readonly (readonly [string, readonly string[]])[] = [
  ['exact', ['*']],
  ['prefix', ['*', 'http', 'https', 'https://']],
  ['regex', ['.*', '.+', 'https?://.*', 'https?://.+', 'https://.*', 'https://.+']],
];
