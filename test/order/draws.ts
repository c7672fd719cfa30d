/**
 * Choices by name: the same name is the same choice, whatever else is drawn. So of two meshes made alike a few choices may
 * differ, and each of the two is as right as one that is made anew.
 */
export class Draws {
  private constructor(private readonly draw: (key: string) => number) {}

  static of(seed: number): Draws {
    return new Draws((key) => hash(`${seed} ${key}`));
  }

  /** The same choices, but for a share of them, which are another's. */
  changed(other: Draws, share: number): Draws {
    return new Draws((key) => (other.draw(`change ${key}`) < share ? other.draw(key) : this.draw(key)));
  }

  /** Choices of their own. */
  of(name: string): Draws {
    return new Draws((key) => this.draw(`${name}: ${key}`));
  }

  maybe(key: string, share: number): boolean {
    return this.draw(key) < share;
  }

  pick<T>(key: string, all: readonly T[]): T {
    return all[Math.floor(this.draw(key) * all.length)]!;
  }

  int(key: string, low: number, high: number): number {
    return low + Math.floor(this.draw(key) * (high - low + 1));
  }

  /** Each with some chance; at least so many. */
  some<T>(key: string, all: readonly T[], least: number, share = 0.5): T[] {
    const out = all.filter((_, i) => this.maybe(`${key} ${i}`, share));
    return out.length >= least ? out : [this.pick(`${key} one`, all)];
  }
}

/** A number below 1 that looks like chance. FNV-1a, mixed. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
