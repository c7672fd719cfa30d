/** A fault to seed: the text that is there, what takes its place, and what it gets wrong. */
export interface Mutation {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly wrong: string;
}

const routing = (file: string) => `src/routing/${file}.ts`;

/** Faults in the algebra and the compiler. Each has to turn the tests red. */
export const MUTATIONS: readonly Mutation[] = [
  {
    file: routing('table'),
    find: 'impliesAny(a.when, b.when) && !impliesAny(b.when, a.when)',
    replace: 'false',
    wrong: 'the narrower of two rules does not go first',
  },
  {
    file: routing('table'),
    find: "'platform', 'development', 'audience'",
    replace: "'development', 'platform', 'audience'",
    wrong: 'the order of two tiers',
  },
  {
    file: routing('cells'),
    find: 'if (implies(m, option.match)) return out;',
    replace: 'if (!implies(m, option.match)) return out;',
    wrong: 'requests that an overlay does not meet are forgotten',
  },
  {
    file: routing('cells'),
    find: 'return [...out, ...walk(m, rest, names, effects, by)];',
    replace: 'return [...walk(m, rest, names, effects, by), ...out];',
    wrong: 'the plain rest goes before the overlays',
  },
  {
    file: routing('cells'),
    find: "if (o.over === 'base' && !BASE_TIERS.includes(rule.tier)) continue;",
    replace: '',
    wrong: "over: 'base' is about everything",
  },
  { file: routing('cells'), find: 'binding.labels[k] !== v', replace: 'false', wrong: 'source labels at a gateway are ignored' },
  {
    file: routing('cells'),
    find: 'weight: s.weight * (d.weight ?? 1) * (common / totals[i]!)',
    replace: 'weight: s.weight * (d.weight ?? 1)',
    wrong: 'shares of shares are not brought to one total',
  },
  {
    file: routing('cells'),
    find: 'weight: weight! / divisor',
    replace: 'weight: Math.round(weight! / divisor / 2) + 1',
    wrong: 'weights are changed when reduced',
  },
  {
    file: routing('effects'),
    find: 'Math.min(out.timeout ?? timeout, timeout)',
    replace: 'Math.max(out.timeout ?? timeout, timeout)',
    wrong: 'the larger of two timeouts holds',
  },
  {
    file: routing('effects'),
    find: 'Object.entries(o ?? {}).filter(([k]) => !taken.has(k))',
    replace: 'Object.entries(o ?? {}).filter(([k]) => taken.has(k))',
    wrong: 'header changes are merged the wrong way round',
  },
  {
    file: routing('compile'),
    find: 'if (seen.some((s) => implies(m, s))) return false;',
    replace: 'if (seen.some((s) => implies(s, m))) return false;',
    wrong: 'a wider match is dropped for a narrower one before it',
  },
  {
    file: routing('compile'),
    find: 'if (!disjoint(m, p) && !decided(p)) return false;',
    replace: '',
    wrong: 'a match moves past others that it meets',
  },
  {
    file: routing('compile'),
    find: "if (action.kind === 'split' || action.kind === 'delegate') return e;",
    replace: 'return e;',
    wrong: 'a redirect carries effects that Istio refuses',
  },
  {
    file: routing('compile'),
    find: 'const rest = cells.slice(i + 1);',
    replace: 'const rest = cells.slice(i + 2);',
    wrong: 'a cell is lost where two conditions meet on one header',
  },
  {
    file: routing('header-match'),
    find: "const asSent = lines.length > 0 ? lines : [''];",
    replace: 'const asSent = lines;',
    wrong: 'a missing header is not an empty one for "without"',
  },
  {
    file: routing('header-match'),
    find: 'h.all.every((c) => lines.some((line) => accepts(c, line)))',
    replace: 'h.all.every((c) => lines.every((line) => accepts(c, line)))',
    wrong: 'every line of a header has to match',
  },
  {
    file: routing('header-match'),
    find: 'return h.all.some((a) => h.none.some((n) => implies(a, n)));',
    replace: 'return h.all.some((a) => h.none.some((n) => implies(n, a)));',
    wrong: 'what contradicts itself is told by the wrong inclusion',
  },
  {
    file: routing('string-match'),
    find: "return 'prefix' in b && a.prefix.startsWith(b.prefix);",
    replace: "return 'prefix' in b && b.prefix.startsWith(a.prefix);",
    wrong: 'inclusion of prefixes, the wrong way round',
  },
  {
    file: routing('string-match'),
    find: 'return re2(m.regex).matches(s);',
    replace: 'return re2(m.regex).matcher(s).find();',
    wrong: 'a regex need not match in full',
  },
  {
    file: routing('string-match'),
    find: "if ('exact' in a) return !accepts(b, a.exact);",
    replace: "if ('exact' in a) return true;",
    wrong: 'an exact value is apart from everything',
  },
  {
    file: routing('path-match'),
    find: '(?i:${quote(rest)})',
    replace: '${quote(rest)}',
    wrong: 'case counts where it should not',
  },
  {
    file: routing('rewrite'),
    find: 'const back = from + wanted.slice(to.length);',
    replace: 'const back = wanted;',
    wrong: 'a path condition behind a rewrite is not pulled back',
  },
  {
    file: routing('rewrite'),
    find: "return 'prefix' in inner.match && to.startsWith(wanted) ? 'always' : 'never';",
    replace: "return 'never';",
    wrong: 'a wider prefix behind a rewrite is never met',
  },
  {
    file: routing('rewrite'),
    find: '(set !== undefined ? [set] : [])',
    replace: '[]',
    wrong: 'a header that the gateway sets is not there for the service',
  },
  { file: routing('render-http'), find: 'e.delay.percent', replace: '100', wrong: 'a delay is for everyone' },
];
