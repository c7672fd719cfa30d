import { CelError, type Token, tokens } from './cel-tokens';

const RESERVED = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(
    ' ',
  ),
);
/** Macros of lists and maps, whose first argument is a new name, with the numbers of their arguments. */
const MACROS: Readonly<Record<string, readonly number[]>> = {
  all: [2],
  exists: [2],
  exists_one: [2],
  existsOne: [2],
  map: [2, 3],
  filter: [2],
};

/**
 * What is wrong about an expression of CEL, as its parser sees it, macros included: which names there are, and their types,
 * neither istiod looks at. How deep an expression may be is not looked at.
 * Source: `Parse` of github.com/google/cel-go, which validation_istiod.go calls.
 */
export function wrongCel(text: string): string | undefined {
  try {
    new Parser(tokens(text)).whole();
    return undefined;
  } catch (e) {
    if (!(e instanceof CelError)) throw e;
    return `"${text}" is no condition in CEL: at character ${e.at + 1}, ${e.message}`;
  }
}

/** What an expression is, as far as a macro cares. */
type Form = 'name' | 'select' | 'other';

class Parser {
  private i = 0;
  /** Where the last sign of a number or a negation was. */
  private sign = -2;

  constructor(private readonly list: readonly Token[]) {}

  whole(): void {
    this.expression();
    if (this.token.kind !== 'end') this.fail('an operator');
  }

  private get token(): Token {
    return this.list[this.i]!;
  }

  private fail(wanted: string): never {
    const { kind, text, at } = this.token;
    throw new CelError(`${kind === 'end' ? 'it ends' : `there is ${text}`}, where ${wanted} is wanted`, at);
  }

  private is(...signs: string[]): boolean {
    return this.token.kind === 'sign' && signs.includes(this.token.text);
  }

  private take(...signs: string[]): boolean {
    if (!this.is(...signs)) return false;
    this.i++;
    return true;
  }

  private want(sign: string): void {
    if (!this.take(sign)) this.fail(`"${sign}"`);
  }

  private name(escaped = false): string {
    const { kind, text } = this.token;
    if (kind !== 'word' && !(escaped && kind === 'escaped')) this.fail('a name');
    this.i++;
    return text;
  }

  private expression(): Form {
    const form = this.binary();
    if (!this.take('?')) return form;
    this.binary();
    this.want(':');
    this.expression();
    return 'other';
  }

  /** Which operator binds closer is no matter here. */
  private binary(): Form {
    let form = this.unary();
    while (this.take('||', '&&', '<', '<=', '>=', '>', '==', '!=', 'in', '*', '/', '%', '+', '-')) {
      this.unary();
      form = 'other';
    }
    return form;
  }

  private unary(): Form {
    const sign = this.is('!') ? '!' : this.is('-') ? '-' : undefined;
    if (!sign) return this.member();
    const from = this.i;
    while (this.take(sign));
    // a number may have its own sign
    if (this.is('-') && this.list[this.i + 1]!.kind !== 'number' && this.list[this.i + 1]!.kind !== 'float') this.fail('a value');
    this.take('-');
    if (this.list[this.i - 1]!.text === '-' && (sign === '!' || this.i === from + 1)) this.sign = this.i - 1;
    this.member();
    return 'other';
  }

  private member(): Form {
    let form = this.primary();
    for (;;) {
      if (this.take('[')) {
        this.expression();
        this.want(']');
        form = 'other';
      } else if (this.take('.')) {
        const called = this.name(true);
        form = this.is('(') && !called.startsWith('`') ? this.call(called, true) : 'select';
      } else return form;
    }
  }

  private call(called: string, ofSomething: boolean): Form {
    const { at } = this.token;
    this.want('(');
    const forms: Form[] = [];
    const names: string[] = [];
    if (!this.take(')')) {
      do {
        names.push(this.token.text);
        forms.push(this.expression());
      } while (this.take(','));
      this.want(')');
    }
    if (!ofSomething && called === 'has' && forms.length === 1 && forms[0] !== 'select')
      throw new CelError('has() takes a field, such as has(request.headers.x)', at);
    if (!ofSomething || !Object.hasOwn(MACROS, called) || !MACROS[called]!.includes(forms.length))
      return !ofSomething && called === 'has' && forms.length === 1 ? 'select' : 'other';
    if (forms[0] !== 'name' || names[0] === '__result__')
      throw new CelError(`the first argument of ${called}() is a new name`, at);
    return 'other';
  }

  private primary(): Form {
    const { kind, text, at } = this.token;
    if (kind === 'word' || this.is('.')) return this.named();
    this.i++;
    if (kind === 'number') return this.integer(text, at);
    if (kind === 'uint' || kind === 'float' || kind === 'string' || kind === 'bytes') return 'other';
    if (kind === 'sign') {
      if (['true', 'false', 'null'].includes(text)) return 'other';
      if (text === '(') {
        const form = this.expression();
        this.want(')');
        return form;
      }
      if (text === '[') return this.items(']', () => this.expression());
      if (text === '{') return this.items('}', () => this.pair(() => this.expression()));
    }
    this.i--;
    this.fail('a value');
  }

  private integer(text: string, at: number): Form {
    const negative = this.sign === this.i - 2;
    if (BigInt(text) > 2n ** 63n - (negative ? 0n : 1n)) throw new CelError(`${text} is too large`, at);
    return 'other';
  }

  /** A name, a call, or a message: `a.b.C{…}`. */
  private named(): Form {
    const dotted = this.take('.');
    const { at } = this.token;
    const first = this.name();
    let ahead = this.i;
    while (this.list[ahead]!.text === '.' && this.list[ahead + 1]?.kind === 'word') ahead += 2;
    if (this.list[ahead]!.kind === 'sign' && this.list[ahead]!.text === '{') {
      this.i = ahead + 1;
      return this.items('}', () => this.pair(() => this.name(true)));
    }
    if (RESERVED.has(first)) throw new CelError(`"${first}" is no name: CEL has it for itself`, at);
    return this.is('(') ? this.call(dotted ? `.${first}` : first, false) : 'name';
  }

  private pair(key: () => unknown): void {
    key();
    this.want(':');
    this.expression();
  }

  /** Separated by commas, of which one may stand at the end, also alone. */
  private items(end: string, item: () => unknown): Form {
    if (!this.is(end) && !this.is(','))
      do {
        if (this.is(end)) break;
        item();
      } while (this.take(','));
    else this.take(',');
    this.want(end);
    return 'other';
  }
}
