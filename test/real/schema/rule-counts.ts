import { SCHEMAS } from '../../../imports/schemas';
import { celRule } from '../../../src/schema/cel';
import type { Seed } from './seeds';

/** In how many objects each CEL rule held, and in how many it was broken. */
export class RuleCounts {
  readonly #counts = new Map<string, { held: number; broken: number }>();

  constructor() {
    for (const { load } of Object.values(SCHEMAS))
      for (const later of load().LATER) if ('rule' in later) this.#counts.set(later.rule, { held: 0, broken: 0 });
  }

  /** Counts the rules that an object of a kind is asked, where its values have the types that they are written for. */
  count(kind: string, { spec }: Seed): void {
    const { validate, LATER } = SCHEMAS[kind]!.load();
    if (spec === undefined || validate(spec)) return;
    const faults = validate.errors ?? [];
    const broken = faults.filter((fault) => fault.keyword !== 'later').map((fault) => `${fault.instancePath}/`);
    for (const { keyword, instancePath, params } of faults) {
      if (keyword !== 'later' || broken.some((b) => b.startsWith(`${instancePath}/`))) continue;
      const value = instancePath
        .split('/')
        .slice(1)
        .reduce((v, key) => v[key.replaceAll('~1', '/').replaceAll('~0', '~')], spec);
      for (const index of params.asked as number[]) {
        const later = LATER[index]!;
        if ('rule' in later) this.#counts.get(later.rule)![celRule(later.rule)(value) ? 'held' : 'broken'] += 1;
      }
    }
  }

  /** The rules that held or were broken less often than `enough`. */
  rare(enough: number): string[] {
    return [...this.#counts]
      .filter(([, { held, broken }]) => Math.min(held, broken) < enough)
      .map(([rule, { held, broken }]) => `held ${held} times, broken ${broken} times: ${rule}`);
  }
}
