import { keyOf, type Ref } from '../../model/config';
import type { Rule } from '../rule';

/** A rule of a delegate whose match istiod cannot put together with the root's. */
export const delegateMatchContradicts: Rule = {
  id: 'MESH140',
  name: 'delegate-match-contradicts',
  severity: 'error',
  codes: [],
  summary: "a delegate's rule is left out, for its match does not fit into the root's",
  why: "A delegate's match is put together with the match of the rule that delegates, condition by condition. A condition has to be within the root's: a prefix may be longer, an exact path begin with the prefix; a regex beside any other condition, another ignoreUriCase, and a source namespace that the root says and the delegate does not are taken for contradictions. Such a rule is left out in silence. Source: pilot/pkg/model/virtualservice.go, mergeHTTPMatchRequests and hasConflict.",
  remedy: "Write the delegate's conditions within the root's, or leave to the root what the root says.",
  *check(mesh) {
    const used = new Set<unknown>();
    const left = new Map<string, { readonly at: Ref; readonly root: Ref; readonly name: string; readonly key: unknown }>();
    const id = (m: object, path: readonly (string | number)[]) =>
      `${ids.get(m) ?? ids.set(m, ids.size).get(m)} ${path.join('.')}`;
    const ids = new Map<object, number>();
    for (const vs of mesh.model.virtualServices) {
      for (const e of vs.http) if (e.from !== vs.config) used.add(id(e.from, e.path));
      for (const { rule } of vs.dropped) {
        if (rule.from === vs.config) continue;
        const key = id(rule.from, rule.path);
        const at = { manifest: rule.from.manifest, path: rule.rule.match ? [...rule.path, 'match'] : rule.path };
        left.set(key, { at, root: { manifest: vs.config.manifest, path: ['spec', 'http'] }, name: keyOf(vs.config), key });
      }
    }
    // a delegate of several roots may have rules for each
    for (const { at, root, name, key } of left.values())
      if (!used.has(key))
        yield {
          at,
          message: `this rule is left out: its match does not fit into the rule of VirtualService "${name}" that delegates to it`,
          related: [{ at: root, message: 'the rules that delegate' }],
        };
  },
};
