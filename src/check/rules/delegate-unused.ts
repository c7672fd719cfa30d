import { keyOf } from '../../model/config';
import type { Rule } from '../rule';

/** A delegate that nobody delegates to. */
export const delegateUnused: Rule = {
  id: 'MESH141',
  name: 'delegate-unused',
  severity: 'warning',
  codes: [],
  summary: 'a VirtualService without hosts that no rule delegates to',
  why: 'A VirtualService without hosts is for others to delegate to. Where none does, istiod never looks at its rules. Source: pilot/pkg/model/virtualservice_controller.go.',
  remedy: 'Give it hosts, or let a rule of another VirtualService delegate to it.',
  *check(mesh) {
    const named = new Set(
      mesh
        .of('VirtualService')
        .flatMap((c) =>
          ((c.spec.http ?? []) as any[]).flatMap((r) =>
            r?.delegate ? [`${r.delegate.namespace || c.namespace}/${r.delegate.name}`] : [],
          ),
        ),
    );
    // one that is named and not there is told where it is named, and may be this one with a slip in its name
    const all = new Set(mesh.of('VirtualService').map(keyOf));
    const missing = new Set([...named].filter((n) => !all.has(n)).map((n) => n.split('/')[0]));
    for (const c of mesh.model.of('VirtualService'))
      if (!(c.spec.hosts?.length > 0) && !named.has(keyOf(c)) && !missing.has(c.namespace))
        yield {
          at: { manifest: c.manifest, path: ['spec'] },
          message: 'this has no hosts, and nobody delegates to it: its rules count for nothing',
          hint: 'give it hosts',
        };
  },
};
