import type { FieldPath } from '../manifests/manifest';
import type { Problem } from './problem';

/** Where problems go. */
export interface Problems {
  add(problem: Problem): void;
  /** How many were errors until now. */
  readonly errors: number;
}

/** Keeps them all. */
export class AllProblems implements Problems {
  readonly list: Problem[] = [];
  errors = 0;

  add(problem: Problem): void {
    if (problem.severity === 'error') this.errors++;
    this.list.push(problem);
  }
}

/** Ends the validation with the first error; what is no error is passed over. */
export class FirstError implements Problems {
  readonly errors = 0;
  error: Problem | undefined;

  add(problem: Problem): void {
    if (problem.severity !== 'error') return;
    this.error = problem;
    throw this;
  }
}

/** Lets errors through alone: Istio loses warnings where a function of its validation returns errors only. */
class ErrorsAlone implements Problems {
  constructor(private readonly to: Problems) {}

  get errors(): number {
    return this.to.errors;
  }

  add(problem: Problem): void {
    if (problem.severity === 'error') this.to.add(problem);
  }
}

const NONE: readonly Field[] = [];

/** A field of an object that is looked at: what it holds, and where it stands. The way to it is only made for a problem. */
export class Field {
  constructor(
    /** `undefined` where it is missing or null. */
    readonly value: any,
    private readonly problems: Problems,
    private readonly parent?: Field,
    readonly key: string | number = '',
  ) {}

  /** A field in it. */
  at(key: string | number): Field {
    const value = this.value?.[key];
    return new Field(value === null ? undefined : value, this.problems, this, key);
  }

  /** The value of a field in it: what would be said of that is said of this one. */
  get(key: string): any {
    return this.value?.[key] ?? undefined;
  }

  /** Its text; what is missing is empty, as it is to Go. */
  get text(): string {
    return this.value ?? '';
  }

  /** Its number; what is missing is 0, as it is to Go. */
  get number(): number {
    return this.value === undefined ? 0 : Number(this.value);
  }

  /** Whether it is there: a block without fields is, an empty list is not. */
  get given(): boolean {
    return this.value !== undefined && !(Array.isArray(this.value) && this.value.length === 0);
  }

  /** The items of a list. One without a value is told, and left out. */
  items(): Iterable<Field> {
    const { value } = this;
    if (!Array.isArray(value) || value.length === 0) return NONE;
    return value.some((v) => v === null || v === undefined)
      ? this.filled()
      : value.map((v, i) => new Field(v, this.problems, this, i));
  }

  private *filled(): Generator<Field> {
    for (let i = 0; i < this.value.length; i++) {
      const item = this.at(i);
      if (item.value === undefined) item.error('is empty: fill it in, or take it out');
      else yield item;
    }
  }

  /** The entries of a map, as it is written. */
  entries(): readonly (Field & { readonly key: string })[] {
    const { value } = this;
    if (value === undefined) return NONE as never;
    return Object.keys(value).map((key) => this.at(key) as Field & { readonly key: string });
  }

  error(message: string): void {
    this.problems.add({ severity: 'error', path: this.path, message });
  }

  warning(message: string, code?: 'IST0130' | 'KIA1108'): void {
    this.problems.add({ severity: 'warning', path: this.path, message, ...(code ? { code } : {}) });
  }

  info(message: string, code: 'IST0131'): void {
    this.problems.add({ severity: 'info', path: this.path, message, code });
  }

  /** How many errors there were until now, in the whole object. */
  get errors(): number {
    return this.problems.errors;
  }

  /** The same field, of which warnings are lost. */
  withoutWarnings(): Field {
    return new Field(this.value, new ErrorsAlone(this.problems), this.parent, this.key);
  }

  get path(): FieldPath {
    const path: (string | number)[] = [];
    for (let f: Field | undefined = this; f?.parent; f = f.parent) path.push(f.key);
    return path.reverse();
  }
}

/** The length of the text in bytes of UTF-8, which is what Go counts. */
export const byteLength = (text: string): number => {
  let n = 0;
  for (const c of text) {
    const code = c.codePointAt(0)!;
    n += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return n;
};

/** `"a", "b" and "c"` */
export const quoted = (words: readonly string[], joint = 'and'): string => {
  const all = words.map((w) => `"${w}"`);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} ${joint} ${all.at(-1)}`;
};
