/** At most so many requests at once: the API server's processor is the limit, and beyond it only the waiting grows. */
const MOST = 32;
const FIRST = 12;
/** Answers that take so many times as long as the quickest, and as long as this, say that the server is behind. */
const SLOW = { times: 12, ms: 800 } as const;

/**
 * How many requests are under way at once: more while the server keeps up, half when it says that it is too busy, or answers
 * ever later.
 */
export class Throttle {
  private limit = FIRST;
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private successes = 0;
  private quickest = Number.POSITIVE_INFINITY;
  private spent = 0;

  /** Requests that may be under way now. */
  get concurrency(): number {
    return this.limit;
  }

  /** Waits for a turn; what is returned gives it back. */
  async turn(): Promise<() => void> {
    if (this.running >= this.limit) await new Promise<void>((go) => this.waiting.push(go));
    else this.running++;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.running--;
      while (this.running < this.limit && this.waiting.length > 0) {
        this.running++;
        this.waiting.shift()!();
      }
    };
  }

  /** An answer that came after so many milliseconds. */
  answered(ms: number): void {
    this.quickest = Math.min(this.quickest, ms);
    this.spent += ms;
    if (++this.successes < this.limit) return;
    const mean = this.spent / this.successes;
    if (mean > SLOW.ms && mean > this.quickest * SLOW.times) this.limit = Math.max(1, Math.ceil(this.limit * 0.7));
    else this.limit = Math.min(MOST, this.limit + 2);
    this.successes = 0;
    this.spent = 0;
  }

  /** The server said that it is too busy. */
  tooBusy(): void {
    this.limit = Math.max(1, this.limit >> 1);
    this.successes = 0;
    this.spent = 0;
  }
}
