import { faults, type Mutation } from './mutation';

/** Faults in the compiler. */
export const COMPILER: readonly Mutation[] = [
  ...faults('cells', [
    ['if (implies(m, option.match)) return out;', '', 'no early return: cells that nothing can reach'],
    ['if (implies(m, option.match)) return out;', 'return out;', 'requests that an overlay does not meet are forgotten'],
    [
      'return [...out, ...walk(m, rest, names, effects, by)];',
      'return [...walk(m, rest, names, effects, by), ...out];',
      'the order of combinations, reversed',
    ],
    [
      'return [...out, ...walk(m, rest, names, effects, by)];',
      'return out.length > 0 ? out : walk(m, rest, names, effects, by);',
      'the branch "none" is dropped',
    ],
    ["if (o.over === 'base' && !BASE_TIERS.includes(rule.tier)) continue;", '', "over: 'base' is about everything"],
    [
      'const key = addsUp(o.effect) ? o : o.effect.kind;',
      'const key = o.effect.kind;',
      'only the first mirror and header change holds',
    ],
    ['binding.labels[k] !== v', 'false', 'source labels at a gateway are ignored'],
    ['m.sourceNamespace !== binding.namespace', 'false', 'the source namespace at a gateway is ignored'],
    ['if (i.match.port !== undefined && i.match.port !== port) return [];', '', 'a rule on another port of the service decides'],
    ['const { port: _port, ...rest } = i.match;', 'const rest = i.match;', 'the port of the service is asked of the gateway'],
    ['inner.layers.map((l) => forShare(l, part))', 'inner.layers', 'the faults of one share are for all'],
    ['if (rule.shares && !ofCalls(o.effect)) continue;', '', 'faults of a host meet what it shares twice'],
    ['[...outer, inner.headers].reduce', '[inner.headers].reduce', 'header changes of the outer share are lost'],
    ['part === undefined ? undefined : headersOf(i.layers)', 'undefined', 'header changes of a share are lost'],
    [
      'const self = JSON.stringify([table.host, ...table.rules.map((r) => r.name)]);',
      'const self = JSON.stringify([table.host]);',
      'a host that keeps a share leads back to itself',
    ],
    ['match.port !== undefined && match.port !== port ? [] :', '', 'a rule on one port decides on all'],
    [
      'walk(match, ladders, [], rule.effects ?? [], [])',
      'walk(match, ladders, [], [], [])',
      "a rule's own effects are forgotten",
    ],
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
      'const rest = cells.slice(i + 1);',
      'const rest = cells.slice(i + 2);',
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
  ...faults('findings', [
    ['one.key === two.key && one.value !== two.value', 'false', 'values of one baggage key count as overlapping'],
    ["rule.tier === 'default' && ", '', 'a rule on everything in any tier is taken for the net'],
    ['a.rule.order !== b.rule.order', 'false', 'rules with an order of their own get a finding'],
  ]),
];
