import { elapsed } from './setup/progress';

/** Counts the tests of the lane and says how each went. */
export class Report {
  #passed = 0;
  readonly #failures: string[] = [];
  #group = '';

  /** Starts the tests of one file. */
  begin(group: string): void {
    this.#group = group;
    console.log(`\n${group}`);
  }

  /**
   * Runs one test: it has passed if `test` returns, and failed if it throws. A failure does not end the lane.
   * Give it a name that says what holds: `shop is accepted by the API server`.
   */
  async check(name: string, test: () => unknown | Promise<unknown>): Promise<void> {
    const since = Date.now();
    try {
      await test();
      this.#passed += 1;
      console.log(`  ✓ ${name} (${elapsed(since)})`);
    } catch (error) {
      this.#fail(name, error);
    }
  }

  /** Counts a failure that lies outside a test: a component that cannot be had, a file of tests that throws. */
  fail(name: string, error: unknown): void {
    this.#fail(name, error);
  }

  /** Says that work goes on. */
  progress(text: string): void {
    console.log(`  … ${text}`);
  }

  /** True if nothing failed and something passed: a lane that ran nothing proves nothing. */
  get ok(): boolean {
    return this.#failures.length === 0 && this.#passed > 0;
  }

  /** Says all failures again, and last the one line `N passed, N failed`. */
  end(): void {
    if (this.#failures.length > 0) console.log(`\nfailures:\n${this.#failures.join('\n')}`);
    console.log(`\n${this.#passed} passed, ${this.#failures.length} failed`);
  }

  #fail(name: string, error: unknown): void {
    const why = (error instanceof Error ? error.message : String(error)).replace(/^/gm, '      ');
    console.log(`  ✗ ${name}\n${why}`);
    this.#failures.push(`  ✗ ${this.#group ? `${this.#group}: ` : ''}${name}\n${why}`);
  }
}

/** Throws with all that is wrong, one a line, at most twenty; returns if there is nothing. */
export function expectNone(what: string, wrong: readonly string[]): void {
  if (wrong.length === 0) return;
  const more = wrong.length > 20 ? [`… and ${wrong.length - 20} more`] : [];
  throw new Error([`${what}:`, ...wrong.slice(0, 20), ...more].join('\n'));
}
