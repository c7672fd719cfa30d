import type { Atom, Value } from './atoms';
import { literalStart } from './literal-start';

/**
 * Conditions on one dimension by the texts that they are about, so that a value is asked about those alone that it may meet: of
 * thousands of paths it is a few.
 */
export class AtomIndex {
  private readonly exact = new Map<string, number[]>();
  private readonly starts = new Map<string, number[]>();
  private readonly ends = new Map<string, number[]>();
  /** Those that any value may meet. */
  private readonly others: number[] = [];
  private readonly lengths: { readonly starts: readonly number[]; readonly ends: readonly number[] };

  constructor(private readonly atoms: readonly Atom[]) {
    atoms.forEach((a, n) => {
      const put = (map: Map<string, number[]>, text: string) => {
        const list = map.get(text);
        if (!list) map.set(text, [n]);
        else if (list.at(-1) !== n) list.push(n);
      };
      if (!a.only) this.others.push(n);
      for (const t of a.only ?? []) {
        if (t.kind === 'any') put(this.starts, '');
        else if (t.kind === 'exact') put(this.exact, t.value);
        else if (t.kind === 'suffix') put(this.ends, t.value);
        else put(this.starts, t.kind === 'regex' ? literalStart(t.value) : t.value);
      }
    });
    const lengths = (map: Map<string, number[]>) => [...new Set([...map.keys()].map((k) => k.length))];
    this.lengths = { starts: lengths(this.starts), ends: lengths(this.ends) };
  }

  /** The numbers of the conditions that a value meets, in their order. */
  met(value: Value): number[] {
    const found = new Set(this.others);
    const add = (list: readonly number[] | undefined) => {
      for (const n of list ?? []) found.add(n);
    };
    if (value !== undefined) {
      add(this.exact.get(value));
      for (const n of this.lengths.starts) if (n <= value.length) add(this.starts.get(value.slice(0, n)));
      for (const n of this.lengths.ends) if (n <= value.length) add(this.ends.get(value.slice(value.length - n)));
    }
    return [...found].filter((n) => this.atoms[n]!.holds(value)).sort((a, b) => a - b);
  }
}
