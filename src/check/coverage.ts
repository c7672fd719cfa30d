import { implies, type Match } from '../routing/match';
import { accepts, same, type ValueMatch } from '../routing/string-match';
import type { BoundMatch } from './bound-matches';

/**
 * Finds, for each match of a list where the first that accepts a request decides, those before it that leave it nothing:
 * one that takes all of it, or several together where their difference is one header (`x` is "a" here, and is not there).
 * Only what is certain is found.
 */
export class Coverage {
  private readonly before = new Map<string, BoundMatch[]>();
  private readonly all: BoundMatch[] = [];

  /** Those that take everything of the match; nothing when some request may be left for it. */
  coverOf(m: BoundMatch): readonly BoundMatch[] | undefined {
    if (this.all.length === 0) return undefined;
    const one = this.candidates(m.match).find((e) => claimsMet(m, e) && implies(m.match, e.match));
    if (one) return [one];
    return together(m, this.all.slice(-MOST_TOGETHER));
  }

  /** What decides before all that come after. */
  add(m: BoundMatch): void {
    const key = keyOf(m.match);
    const list = this.before.get(key);
    if (list) list.push(m);
    else this.before.set(key, [m]);
    this.all.push(m);
  }

  /** Those whose most telling condition the match may fulfil, in order of their keys. */
  private candidates(match: Match): BoundMatch[] {
    return [...new Set(['', ...exactKeys(match)])].flatMap((k) => this.before.get(k) ?? []);
  }
}

/** To compare all with all is for tables of some size alone: of longer ones the last before the match (docs/checks.md says so). */
const MOST_TOGETHER = 200;

/** One of the conditions that only a match which has it too can imply. */
const keyOf = (match: Match): string => exactKeys(match)[0] ?? '';

function exactKeys({ headers, path }: Match): string[] {
  const out: string[] = [];
  for (const name in headers) for (const c of headers[name]!.all) if ('exact' in c) out.push(`${name}=${c.exact}`);
  if (path && 'exact' in path.match && !path.ignoreCase) out.push(`/${path.match.exact}`);
  return out;
}

/** Claims are compared as they are written. */
function claimsMet(a: Pick<BoundMatch, 'claims'>, b: Pick<BoundMatch, 'claims'>): boolean {
  return b.claims.every((c) => a.claims.some((x) => JSON.stringify(x) === JSON.stringify(c)));
}

/** What is left of the match after one that asks for one header more has that header otherwise; again, until nothing is left. */
function together(m: BoundMatch, before: readonly BoundMatch[]): readonly BoundMatch[] | undefined {
  let left: Match = m.match;
  const used: BoundMatch[] = [];
  for (;;) {
    let narrower: Match | undefined;
    for (const e of before) {
      if (used.includes(e) || !claimsMet(m, e)) continue;
      const missing = missingOf(left, e.match);
      if (missing === 'more') continue;
      used.push(e);
      if (missing === undefined) return used;
      narrower = narrowed(left, missing);
      break;
    }
    if (!narrower) return undefined;
    left = narrower;
  }
}

interface Missing {
  readonly header: string;
  readonly is: 'all' | 'none';
  readonly value: ValueMatch;
}

/** The one condition on a header that the match does not fulfil for certain; `more` where something else is missing. */
function missingOf(match: Match, wanted: Match): Missing | 'more' | undefined {
  const { headers = {}, ...rest } = wanted;
  if (!implies(match, rest)) return 'more';
  let missing: Missing | undefined;
  for (const header in headers)
    for (const is of ['all', 'none'] as const)
      for (const value of headers[header]![is]) {
        const alone = is === 'all' ? { all: [value], none: [] } : { all: [], none: [value] };
        if (implies(match, { headers: { [header]: alone } })) continue;
        if (missing || !turns(value)) return 'more';
        missing = { header, is, value };
      }
  return missing;
}

/** A header that is missing counts as empty for `withoutHeaders` alone, so the two are no opposites where empty is accepted. */
const turns = (value: ValueMatch) => 'present' in value || !accepts(value, '');

function narrowed(match: Match, { header, is, value }: Missing): Match {
  const known = match.headers?.[header] ?? { all: [], none: [] };
  const other = is === 'all' ? 'none' : 'all';
  if (known[other].some((v) => same(v, value))) return match;
  return { ...match, headers: { ...match.headers, [header]: { ...known, [other]: [...known[other], value] } } };
}
