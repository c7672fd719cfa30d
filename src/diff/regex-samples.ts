import { re2 } from '../routing/string-match';

/** More than a pattern's samples make no better comparison. */
const MOST = 24;
/** Letters for `.` and for classes that leave some out. */
const LETTERS = ['x', 'a', '0', '-', '/', 'Z', '_', '.', ' '];

/**
 * Texts that an RE2 pattern matches in full: each branch, each repetition the fewest times and once more, the ends of
 * each class. Only texts that the engine itself accepts are given; none where the pattern holds something that is not
 * known here (then the caller cannot say, and has to say so).
 */
export function regexSamples(pattern: string): string[] {
  let texts: string[];
  try {
    texts = new Reader(pattern).all();
    const re = re2(pattern);
    return [...new Set(texts)].filter((t) => re.matches(t)).slice(0, MOST);
  } catch {
    return [];
  }
}

const crossed = (a: readonly string[], b: readonly string[]): string[] => {
  const out: string[] = [];
  // the first of each first, so that a cut leaves plain ones and one of every branch
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (i > 0 && out.length < MOST * 4) out.push(a[i % a.length]! + b[i % b.length]!);
  }
  for (const x of a) for (const y of b) if (out.length < MOST * 4) out.push(x + y);
  return [...new Set([a[0]! + b[0]!, ...out])];
};

/** Reads the part of RE2's syntax that has samples. */
class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  all(): string[] {
    const out = this.choice();
    if (this.at < this.text.length) throw new Error('unbalanced');
    return out;
  }

  private choice(): string[] {
    const out = this.sequence();
    while (this.text[this.at] === '|') {
      this.at++;
      out.push(...this.sequence());
    }
    return out;
  }

  private sequence(): string[] {
    let out = [''];
    while (this.at < this.text.length && this.text[this.at] !== '|' && this.text[this.at] !== ')')
      out = crossed(out, this.repeated(this.atom()));
    return out;
  }

  private atom(): string[] {
    const c = this.text[this.at++]!;
    if (c === '(') return this.group();
    if (c === '[') return this.class();
    if (c === '.') return ['x', '0'];
    if (c === '^' || c === '$') return [''];
    if (c === '\\') return this.escape();
    if ('*+?{'.includes(c)) throw new Error('nothing to repeat');
    return [c];
  }

  private group(): string[] {
    if (this.text[this.at] === '?') {
      const head = /^\?(?:P?<\w+>|[imsU]*(?:-[imsU]+)?(:|\)))/.exec(this.text.slice(this.at));
      if (!head) throw new Error('a group that is not known');
      this.at += head[0].length;
      if (head[1] === ')') return [''];
    }
    const out = this.choice();
    if (this.text[this.at++] !== ')') throw new Error('unbalanced');
    return out;
  }

  private escape(): string[] {
    const c = this.text[this.at++];
    const known: Record<string, string[]> = {
      d: ['0', '9'],
      D: ['x'],
      w: ['x', '0'],
      W: ['-'],
      s: [' '],
      S: ['x'],
      b: [''],
      A: [''],
      z: [''],
    };
    if (c === undefined) throw new Error('not known');
    if (known[c]) return known[c]!;
    if (/[A-Za-z0-9]/.test(c)) throw new Error('not known');
    return [c];
  }

  private class(): string[] {
    const end = this.endOfClass();
    const body = this.text.slice(this.at, end);
    this.at = end + 1;
    if (body.startsWith('^')) {
      const re = re2(`[${body}]`);
      return LETTERS.filter((l) => re.matches(l)).slice(0, 2);
    }
    const re = re2(`[${body}]`);
    const out = [...body.matchAll(/\\?[^\\-](?:-\\?[^\\])?/g)].flatMap(([m]) => {
      const [first, last] = m.split(/(?<=.)-(?=.)/).map((x) => x.replace(/^\\/, ''));
      return last === undefined ? [first!] : [first!, last];
    });
    return [...new Set([...out, ...LETTERS])].filter((l) => l.length === 1 && re.matches(l)).slice(0, 3);
  }

  /** `]` at the start, and after a backslash, is a letter. */
  private endOfClass(): number {
    let i = this.at;
    if (this.text[i] === '^') i++;
    if (this.text[i] === ']') i++;
    while (i < this.text.length && this.text[i] !== ']') {
      if (this.text[i] === '\\') i++;
      else if (this.text.startsWith('[:', i)) i = this.text.indexOf(':]', i) + 1;
      i++;
    }
    if (i >= this.text.length) throw new Error('unbalanced');
    return i;
  }

  private repeated(of: string[]): string[] {
    const head = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(this.text.slice(this.at));
    if (!head) return of;
    this.at += head[0].length;
    const c = head[0][0];
    const [few, most] =
      c === '*'
        ? [0, 2]
        : c === '+'
          ? [1, 2]
          : c === '?'
            ? [0, 1]
            : [
                Number(head[1]),
                head[2] === undefined
                  ? Number(head[1])
                  : head[3]
                    ? Math.min(Number(head[3]), Number(head[1]) + 1)
                    : Number(head[1]) + 1,
              ];
    if (few > 200) throw new Error('too many');
    const out: string[] = [];
    for (const o of of) for (const n of new Set([few, Math.min(few + 1, most)])) out.push(o.repeat(n));
    return [...new Set(out)];
  }
}
