import { faults, type Mutation } from './mutation';

/** Faults in the compiler. */
export const COMPILER: readonly Mutation[] = [
  ...faults('cells', [
    ['if (implies(path.match, option.match)) {', 'if (true) {', 'requests that an overlay does not meet are forgotten'],
    ['path = { ...path, passed: [...path.passed, option.match] };', 'path = taking;', 'the branch "none" is dropped'],
    ['walk(taking, i + 1);', 'walk(taking, i + 2);', 'the overlay after one that is taken is forgotten'],
    ["if (o.over === 'base' && !BASE_TIERS.includes(rule.tier)) return [];", '', "over: 'base' is about everything"],
    ['if (!addsUp(overlay.effect) && taken.some(', 'if (taken.some(', 'only the first mirror and header change holds'],
    ['!taken.some((t) => apart(t.match, match))', 'true', 'both of two overlays for different values of a header hold'],
    ['!apart(ofRule, match) &&', '', 'an overlay holds for a rule that is for another value of its header'],
    ['binding.labels[k] !== v', 'false', 'source labels at a gateway are ignored'],
    ['m.sourceNamespace !== binding.namespace', 'false', 'the source namespace at a gateway is ignored'],
    ['if (i.match.port !== undefined && i.match.port !== port) return [];', '', 'a rule on another port of the service decides'],
    ['const { port: _port, ...rest } = i.match;', 'const rest = i.match;', 'the port of the service is asked of the gateway'],
    ['inner.layers.map((l) => forShare(l, part))', 'inner.layers', 'the faults of one share are for all'],
    ['if (rule.shares && !ofCalls(o.effect)) return [];', '', 'faults of a host meet what it shares twice'],
    ['[...outer, inner.headers].reduce', '[inner.headers].reduce', 'header changes of the outer share are lost'],
    ['part === undefined ? undefined : headersOf(i.layers)', 'undefined', 'header changes of a share are lost'],
    [
      'const self = JSON.stringify([table.host, ...table.rules.map((r) => r.name)]);',
      'const self = JSON.stringify([table.host]);',
      'a host that keeps a share leads back to itself',
    ],
    ['match.port !== undefined && match.port !== port ? [] :', '', 'a rule on one port decides on all'],
    ['const layer = [...(rule.effects ?? []), ', 'const layer = [', "a rule's own effects are forgotten"],
  ]),
  ...faults('compile', [
    [
      'if (seen.some((s) => implies(m, s))) return false;',
      'if (seen.some((s) => implies(s, m))) return false;',
      'a wider match is dropped for a narrower one before it',
    ],
    ['if (!disjoint(m, p) && !decided(p)) return false;', '', 'a match moves past others that it meets'],
    ['let i = at + 1; i < entries.length', 'let i = at + 2; i < entries.length', 'a match moves past the next entry unseen'],
    ['let i = at; i >= 0; i--', 'let i = entries.length - 1; i >= 0; i--', 'what comes later counts as decided before'],
    ['some((other) => implies(m, other))', 'some((other) => implies(other, m))', 'within an entry the wider match is dropped'],
    ['...(total ? [] : [nothing(cell)])', '', 'the 404 of a table without default is dropped'],
    [
      'const rest = left.slice(i + 1);',
      'const rest = left.slice(i + 2);',
      'a cell is lost where two conditions meet on one header',
    ],
    [
      'return e.headers?.response ? { headers: { response: e.headers.response } } : {};',
      'return {};',
      'a response of its own loses its response headers',
    ],
    [
      '[route.name, route.action, route.effects, route.rewrite]',
      '[route.name, route.action, route.rewrite]',
      'routes with other effects share an entry',
    ],
  ]),
  ...faults('render-http', [
    ['if (h.none.length > 0) without', 'if (false) without', 'header negation is ignored'],
    ['ignoreUriCase: m.path?.ignoreCase,', '', 'ignoreUriCase is not rendered'],
    ['value: e.delay.percent', 'value: 100', 'a delay is for everyone'],
    ['sourceNamespace: m.sourceNamespace,', '', 'the source namespace is not rendered'],
  ]),
  ...faults('apart', [
    ['one.key === two.key && one.value !== two.value', 'false', 'values of one baggage key count as overlapping'],
    ['!several(mine) &&', '', 'an overlay that asks for two values of a header is apart from each'],
  ]),
  ...faults('held', [['part: part * w.part', 'part', 'a share of a share is taken for the whole share']]),
  ...faults('findings', [
    ['keptPart(rule, host) === 0', 'false', 'an overlay of which nothing is left is not told'],
    ["rule.tier === 'default' && ", '', 'a rule on everything in any tier is taken for the net'],
    ['a.rule.order !== b.rule.order', 'false', 'rules with an order of their own get a finding'],
  ]),
];
