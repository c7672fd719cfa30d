import type { ApplyEvent } from '../apply';

/** Who is told what happens, and may answer later. Where that fails, a run ends as by a signal. */
export class Listener {
  private readonly failure = new AbortController();
  /** What it is at still. */
  private readonly hearing = new Set<Promise<void>>();

  constructor(private readonly onEvent: ((e: ApplyEvent) => unknown) | undefined) {}

  /** Aborted where it failed. */
  get failed(): AbortSignal {
    return this.failure.signal;
  }

  /** Tells it, and never throws: what was done is told as done, whatever becomes of that. */
  tell(e: ApplyEvent): void {
    const fail = (error: unknown) => this.failure.abort(error);
    try {
      const heard: Promise<void> = Promise.resolve(this.onEvent?.(e))
        .then(() => undefined, fail)
        .finally(() => this.hearing.delete(heard));
      this.hearing.add(heard);
    } catch (error) {
      fail(error);
    }
  }

  /** Waits until it is done with all that it was told. @throws where it failed */
  async heard(): Promise<void> {
    await Promise.all(this.hearing);
    this.failure.signal.throwIfAborted();
  }
}
