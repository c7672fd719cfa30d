import { random } from '../random-app';

/** Seeded choices: the same seed makes the same mesh on every machine. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.#next() < p;
  }

  /** One of a list, which may not be empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#next() * list.length)]!;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  /** At most `n` different ones of a list, in random order. */
  some<T>(list: readonly T[], n: number): T[] {
    const left = [...list];
    const out: T[] = [];
    while (out.length < n && left.length > 0) out.push(left.splice(Math.floor(this.#next() * left.length), 1)[0]!);
    return out;
  }

  /** A list of `from` to `to` made things. */
  many<T>(from: number, to: number, make: (i: number) => T): T[] {
    return Array.from({ length: this.int(from, to) }, (_, i) => make(i));
  }

  /** `{[name]: value()}` with probability `p`, else nothing: to be spread. */
  maybe(p: number, name: string, value: () => unknown): Record<string, unknown> {
    return this.chance(p) ? { [name]: value() } : {};
  }

  /** The value of one of some makers. */
  oneOf<T>(...makers: readonly (() => T)[]): T {
    return this.pick(makers)();
  }
}
