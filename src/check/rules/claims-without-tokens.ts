import type { FieldPath } from '../../manifests/manifest';
import type { Config } from '../../model/config';
import { objectText } from '../../model/config';
import type { Workload } from '../../model/workload';
import { at } from '../fields';
import { items, texts } from '../items';
import { policiesOf } from '../policies';
import type { Rule } from '../rule';
import { issuersFor } from './token-never-looked-at';

/** A policy that asks for a token which not all of its workloads look at; token-never-looked-at tells where none does. */
export const claimsWithoutTokens: Rule = {
  id: 'MESH178',
  name: 'claims-without-tokens',
  severity: 'warning',
  codes: [],
  summary: 'a policy asks for a token that some of its workloads do not look at',
  why: 'A sidecar knows the claims of a token only where a RequestAuthentication for the workload has taken them from it. Without one no request has any: an ALLOW rule that asks for some lets nobody in, and a DENY that asks for some (not for none) keeps nobody out. Source: pilot/pkg/security/authz/model/generator.go, where claims are read from what the filter for tokens has found.',
  remedy: 'Add a RequestAuthentication with the issuer of the tokens, whose selector meets the workload.',
  *check(mesh) {
    if (mesh.model.of('AuthorizationPolicy').length === 0) return;
    const told = new Set<string>();
    for (const w of mesh.model.workloads) {
      if (!(w.hasSidecar || w.gateway) || mesh.model.policies.tokenRules(w.namespace, w.labels).length > 0) continue;
      for (const action of ['ALLOW', 'DENY'] as const)
        for (const c of policiesOf(mesh, w, action))
          for (const [path, key] of issuersFor(mesh, c)?.size === 0 ? [] : asked(c)) {
            const field = `${c.namespace}/${c.name} ${path.join('.')}`;
            if (told.has(field)) continue;
            told.add(field);
            yield finding(c, path, key, w, action);
          }
    }
  },
};

const finding = (c: Config, path: FieldPath, key: string, w: Workload, action: 'ALLOW' | 'DENY') => ({
  at: at(c, ...path),
  message: `${key} asks for a token, and no RequestAuthentication is for ${objectText(w.config.manifest)}: the rule ${action === 'ALLOW' ? 'lets nobody in' : 'keeps nobody out'}`,
  related: [{ at: { manifest: w.config.manifest, path: ['metadata'] }, message: 'nobody looks at the tokens of its requests' }],
});

/** Where rules ask for something of a token that has to be there. */
function asked({ spec }: Config): [path: FieldPath, key: string][] {
  const out: [FieldPath, string][] = [];
  for (const [i, rule] of items(spec.rules)) {
    for (const [j, { source }] of items(rule.from))
      if (texts(source?.requestPrincipals).length > 0)
        out.push([['spec', 'rules', i, 'from', j, 'source', 'requestPrincipals'], 'requestPrincipals']);
    for (const [j, { key, values }] of items(rule.when))
      if (typeof key === 'string' && key.startsWith('request.auth.') && texts(values).length > 0)
        out.push([['spec', 'rules', i, 'when', j, 'key'], key]);
  }
  return out;
}
