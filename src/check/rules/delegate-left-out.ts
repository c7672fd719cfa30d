import { objectText } from '../../model/config';
import { candidates } from '../hints';
import type { Rule } from '../rule';

/** A delegate that istiod does not take. */
export const delegateLeftOut: Rule = {
  id: 'MESH139',
  name: 'delegate-left-out',
  severity: 'error',
  codes: [],
  summary: 'a rule delegates to a VirtualService that is not there for it',
  why: 'istiod puts the rules of a delegate in the place of the rule that names it. Where there is no VirtualService of that name without hosts, or it is not exported to the namespace of the root, the rule is left out in silence: its requests go to later rules, or get 404. Source: pilot/pkg/model/virtualservice_controller.go, mergeVirtualServices.',
  remedy:
    'Name a VirtualService that has neither hosts nor gateways, in the namespace that `delegate` says, and let its exportTo name the namespace of the root.',
  *check(mesh) {
    const all = mesh.of('VirtualService');
    const delegates = all.filter((c) => !(c.spec.hosts?.length > 0)).map((c) => `${c.namespace}/${c.name}`);
    for (const vs of mesh.model.virtualServices)
      for (const { rule } of vs.dropped) {
        const { delegate } = rule.rule;
        if (rule.from !== vs.config || !delegate) continue;
        const key = `${delegate.namespace || vs.namespace}/${delegate.name}`;
        const named = all.find((c) => `${c.namespace}/${c.name}` === key);
        const withHosts = named && named.spec.hosts?.length > 0;
        yield {
          at: { manifest: vs.config.manifest, path: [...rule.path, 'delegate'] },
          message: `this rule is left out: ${
            !delegate.name
              ? 'its delegate has no name'
              : !named
                ? `there is no VirtualService "${key}"`
                : withHosts
                  ? `${objectText(named.manifest)} has hosts, so it is no delegate`
                  : `${objectText(named.manifest)} is not there for namespace "${vs.namespace}"`
          }`,
          hint: !named
            ? candidates(key, delegates)
            : withHosts
              ? 'take hosts and gateways out of it'
              : named.spec.http?.some((r: any) => r?.delegate)
                ? 'a delegate cannot delegate itself: let its rules lead to services'
                : `let its exportTo name "${vs.namespace}"`,
          related: named
            ? [{ at: { manifest: named.manifest, path: ['spec'] }, message: 'the VirtualService that is named' }]
            : [],
        };
      }
  },
};
