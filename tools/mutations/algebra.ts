import { faults, type Mutation } from './mutation';

/** Faults in the algebra of matches. */
export const ALGEBRA: readonly Mutation[] = [
  ...faults('string-match', [
    [
      "'prefix' in b && a.prefix.startsWith(b.prefix)",
      "'prefix' in b && b.prefix.startsWith(a.prefix)",
      'inclusion of prefixes, the wrong way round',
    ],
    ['re2(m.regex).matches(s)', 're2(m.regex).matcher(s).find()', 'a regex is not anchored'],
    [
      "if ('exact' in a) return !accepts(b, a.exact);",
      "if ('exact' in a) return true;",
      'an exact value is apart from everything',
    ],
    ["m.regex === '.*'", "m.regex.startsWith('.*')", 'a regex that begins with anything is anything'],
  ]),
  ...faults('header-match', [
    [
      "const asSent = lines.length > 0 ? lines : [''];",
      'const asSent = lines;',
      'a missing header is not an empty one for "without"',
    ],
    [
      'lines.some((line) => accepts(c, line)))',
      'lines.every((line) => accepts(c, line)))',
      'every line of a header has to match',
    ],
    [
      'h.none.some((n) => implies(a, n))',
      'h.none.some((n) => implies(n, a))',
      'what contradicts itself is told by the wrong inclusion',
    ],
    [
      'weakestOut(both.none, (x, y) => implies(y, x))',
      'weakestOut(both.none, (x, y) => implies(x, y))',
      'of two exclusions the narrower is kept',
    ],
    [
      'weakestOut(both.all, (x, y) => implies(x, y))',
      'weakestOut(both.all, (x, y) => implies(y, x))',
      'of two conditions the wider is kept',
    ],
    ['implies(c, x)))', 'implies(x, c)))', 'inclusion of exclusions, the wrong way round'],
    ["('present' in x ? !accepts(c, '') : ", "('present' in x ? true : ", 'an absent header meets every exclusion'],
    ['? quote(m.exact) :', '? m.exact :', 'a literal in a regex is not quoted'],
  ]),
  ...faults('path-match', [
    [
      'ignoresCase(p) ? accepts(lowered(p.match), lower(path))',
      'false ? accepts(p.match, path)',
      'ignoreCase is dropped when a path is judged',
    ],
    ["'prefix' in b.match && isLowerCaseOnly(needed)", "'prefix' in b.match", 'a path in any case fits into one in this case'],
    [
      'return disjoint(lowered(a.match), lowered(b.match));',
      'return disjoint(a.match, b.match);',
      'paths that differ in case are apart, ignored or not',
    ],
    ['(?i:', '(?:', 'case counts in the rest of a path'],
  ]),
  ...faults('match', [
    [
      'if (other !== undefined && other !== a.sourceLabels[key]) return true;',
      'if (other !== a.sourceLabels[key]) return true;',
      'a label that the other does not ask for sets them apart',
    ],
    [
      'value === undefined || !stringAccepts(q, value)',
      'value !== undefined && !stringAccepts(q, value)',
      'a missing query parameter is accepted',
    ],
    [
      'stringImplies(one, wanted)) && !(other &&',
      'stringImplies(wanted, one)) && !(other &&',
      'inclusion of query parameters, the wrong way round',
    ],
    ['if (b.port !== undefined && x.port !== b.port && y.port !== b.port) return false;', '', 'inclusion ignores the port'],
    ['m.port !== undefined && m.port !== r.port', 'false', 'the port is not looked at'],
    [
      'if (!headerImplies(x.headers?.[name], h) && !headerImplies(y.headers?.[name], h)) return false;',
      '',
      'inclusion ignores headers',
    ],
    ['return mine ? a : others ? b : undefined;', 'return mine ? a : undefined;', 'what only the second of two asks for is lost'],
    ['if (other && headerDisjoint(a.headers[name]!, other)) return true;', '', 'a header sets nothing apart'],
    [
      'x === undefined ? b[name]! : both(x, b[name]!, name)',
      'b[name]!',
      'of a header that both ask about the first is forgotten',
    ],
  ]),
  ...faults('rewrite', [
    ['const back = from + wanted.slice(to.length);', 'const back = wanted;', 'a path behind a rewrite is not pulled back'],
    [
      "to.startsWith(wanted) ? 'always' : 'never'",
      "to.startsWith(wanted) ? 'never' : 'never'",
      'a wider prefix behind a rewrite is never met',
    ],
    [
      "pathAccepts(inner, constant) ? 'always' : 'never'",
      "pathAccepts(inner, constant) ? 'never' : 'always'",
      'a path rewritten to a constant is judged the wrong way round',
    ],
    ['...(set !== undefined ? [set] : [])', '', 'a header that the gateway sets is not there for the service'],
    [
      "if (h.none.some((n) => accepts(n, added))) return 'never';",
      '',
      'a line that the gateway adds does not count for "without"',
    ],
    ['out.uri = constant;', 'out.uri = path.match.exact;', 'an exact path is not rewritten'],
  ]),
];
