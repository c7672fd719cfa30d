import { faults, type Mutation } from './mutation';

/** Faults in what a table means: ladders, effects, shares, L4. */
export const TABLE: readonly Mutation[] = [
  ...faults('table', [
    ['within(a, b) && !within(b, a)', 'false', 'the ladder ignores inclusion'],
    [
      'asked(a).every((x) => asked(b).some(',
      'asked(a).some((x) => asked(b).some(',
      'a union counts as narrower for one of its matches',
    ],
    ["'platform', 'development', 'audience'", "'development', 'platform', 'audience'", 'the order of two tiers of rules'],
    ["'platform', 'experiment', 'development'", "'experiment', 'platform', 'development'", 'the order of two tiers of overlays'],
    ['a.order - b.order', 'b.order - a.order', 'the larger order goes first'],
    ["= ['release', 'default'];", "= ['default'];", 'a release is no base'],
  ]),
  ...faults('effects', [
    ['Math.min(out.timeout ?? timeout, timeout)', 'Math.max(out.timeout ?? timeout, timeout)', 'the largest timeout holds'],
    ['mergeChanges(out.headers, e.changes)', 'mergeChanges(e.changes, out.headers ?? {})', 'the last header change stands'],
    ['.filter(([k]) => !taken.has(k))', '', 'a header changed twice takes the second change'],
    ['out.abort ??= first', 'out.abort = first', 'the innermost abort holds'],
    ['percent * part * 10_000', 'percent * 10_000', 'a fault of one share is for all'],
    [
      "if (e.kind === 'delay' || e.kind === 'abort') return [{ ...e, percent: scaled(e.percent) }];",
      '',
      'faults of a share are lost',
    ],
    ['if (ofCalls(e)) return [e];', '', 'timeouts of a share are lost'],
    ['mirror: { ...e.mirror, percent: scaled(e.mirror.percent) }', 'mirror: e.mirror', 'the copies of one share are of all'],
  ]),
  ...faults('sharing', [
    ['rules: base })', 'rules: table.rules.slice(0, 0) })', 'the host keeps no rules of its own'],
    ['      ...above,\n', '', 'higher tiers are lost'],
    ['      ...elsewhere,\n', '', 'the other ports are lost'],
    ['when: [others.length > 0 ? { port: port! } : {}]', 'when: [{}]', 'all ports are shared where one is'],
    ['        shares: true,\n', '', 'overlays of the host hold for the other share too'],
  ]),
  ...faults('header-names', [
    ['r.when.map(lowerMatch)', 'r.when', 'the case of a header name counts in a rule'],
    ['o.when.map(lowerMatch)', 'o.when', 'the case of a header name counts in an overlay'],
    ['[...other.all, ...h.all]', '[...h.all]', 'of a header in two cases one condition is lost'],
    ['??= v', '= v', 'of two changes of one header the last stands'],
    ['{ ...d, headers: lowerChanges(d.headers) }', 'd', 'the case of a header name counts in a share'],
  ]),
  ...faults('weights', [
    ['weight: s.weight * (d.weight ?? 1) * (common', 'weight: (d.weight ?? 1) * (common', 'the outer weight is not multiplied'],
    [' * (common / totals[i]!)', '', 'shares of shares are not brought to one total'],
    ['gcd(b, a % b)', 'b', 'a wrong greatest common divisor'],
    ['(weight / divisor) * scale', 'weight', 'weights are neither percent nor in lowest terms'],
    ['round % total === 0', 'round >= total', 'weights are brought to a sum that they do not fit'],
    ['total > MOST ? rounded : exact', 'exact', 'weights grow beyond what the API server holds'],
    ['* MOST), 1)', '* MOST), 0)', 'a thin share is rounded to nothing'],
    ['if (d.weight === 0) continue;', '', 'a share of weight 0 is kept'],
    ['all.length === 1 ? d :', '', 'a single destination carries a weight'],
    ['d.port, d.headers]', 'd.port]', 'shares that differ in headers alone are joined'],
  ]),
  ...faults('l4', [
    [
      'if (m.sourceNamespace !== undefined && m.sourceNamespace !== c.namespace) return false;',
      '',
      'an L4 rule ignores the source namespace',
    ],
    ['(b.port === undefined || a.port === b.port)', 'true', 'an L4 rule on one port hides one on another'],
    [
      'if (!out.some((o) => l4Implies(rule.match, o.match))) ',
      'if (!out.some((o) => l4Implies(o.match, rule.match))) ',
      'a wider L4 rule is dropped for a narrower one',
    ],
    [
      '...later.filter((h) => names(r).some((w) => sniAccepts(w, h)))',
      '',
      'a narrower SNI name of a later rule beats a wildcard',
    ],
    ['sniHosts: [h] }))', 'sniHosts: [...mine] }))', 'SNI names share a match, so that equal names are not seen'],
  ]),
];
