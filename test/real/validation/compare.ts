import { manifestOf } from '../../../src/manifests/manifest';
import { misshapen, withoutNulls } from '../../../src/manifests/shape';
import { type Problem, validate } from '../../../src/validation/validate';
import type { Verdict } from '../istio';

/** What Istio and we make of an object, as far as it can be told apart. */
export interface Judgement {
  readonly refused: boolean;
  /** Of anything but rules that are never used. */
  readonly warned: boolean;
  readonly unreachable: number;
  readonly ineffective: number;
}

const UNREACHABLE = /^virtualService rule .* not used \(/;
const INEFFECTIVE = /^virtualService rule .* match .* is not used \(/s;

/** Nothing where types do not fit: that is the schema's, and comes before. */
export function theirs({ stage, errors, warnings }: Verdict): Judgement | undefined {
  if (stage === 'decode' || stage === 'schema') return undefined;
  const ineffective = warnings.filter((w) => INEFFECTIVE.test(w)).length;
  const unreachable = warnings.filter((w) => !INEFFECTIVE.test(w) && UNREACHABLE.test(w)).length;
  return { refused: errors.length > 0, warned: warnings.length > ineffective + unreachable, unreachable, ineffective };
}

export function ours(object: any): { readonly judgement: Judgement; readonly problems: readonly Problem[] } | undefined {
  const copy = structuredClone(object);
  withoutNulls(copy);
  if (misshapen(copy)) return undefined;
  const problems = validate(manifestOf(copy, () => ({ file: '', line: 0, column: 0 })));
  return {
    problems,
    judgement: {
      refused: problems.some((p) => p.severity === 'error'),
      warned: problems.some((p) => p.severity === 'warning' && p.code === undefined),
      unreachable: problems.filter((p) => p.code === 'IST0130').length,
      ineffective: problems.filter((p) => p.code === 'IST0131').length,
    },
  };
}
