import { manifestOf } from '../../../src/manifests/manifest';
import { misshapen, withoutNulls } from '../../../src/manifests/shape';
import { type Problem, validate } from '../../../src/validation/validate';
import type { Verdict } from '../istio';

/** What Istio and we make of an object, as far as it can be told apart. */
export interface Judgement {
  readonly refused: boolean;
  /** Of anything but rules that are never used. */
  readonly warned: boolean;
  /** Rules, as Istio names them: `"canary"` or `#1`. Each once, as istioctl tells them. */
  readonly unreachable: readonly string[];
  /** Matches with their rules: `#1 match "first"`. */
  readonly ineffective: readonly string[];
}

const INEFFECTIVE = /^virtualService rule (.*) match ("(?:[^"\\]|\\.)*"|#\d+).* is not used \(/s;
const UNREACHABLE = /^virtualService rule (.*) not used \(/s;

/** Nothing where types do not fit: that is the schema's, and comes before. */
export function theirs({ stage, errors, warnings }: Verdict): Judgement | undefined {
  if (stage === 'decode' || stage === 'schema') return undefined;
  const [unreachable, ineffective] = [new Set<string>(), [] as string[]];
  let warned = false;
  for (const w of warnings) {
    const [match, rule] = [INEFFECTIVE.exec(w), UNREACHABLE.exec(w)];
    if (match) ineffective.push(`${match[1]} match ${match[2]}`);
    else if (rule) unreachable.add(rule[1]!);
    else warned = true;
  }
  return { refused: errors.length > 0, warned, unreachable: [...unreachable].sort(), ineffective: ineffective.sort() };
}

export function ours(object: any): { readonly judgement: Judgement; readonly problems: readonly Problem[] } | undefined {
  const copy = structuredClone(object);
  withoutNulls(copy);
  if (misshapen(copy)) return undefined;
  const problems = validate(manifestOf(copy, () => ({ file: '', line: 0, column: 0 })));
  const named = (path: readonly (string | number)[]) => {
    const { name } = path.reduce((v, k) => v[k], copy);
    return name && path[1] === 'http' ? JSON.stringify(name) : `#${path.at(-1)}`;
  };
  const of = (code: string) => problems.filter((p) => p.code === code).map((p) => p.path);
  return {
    problems,
    judgement: {
      refused: problems.some((p) => p.severity === 'error'),
      warned: problems.some((p) => p.severity === 'warning' && !p.code?.startsWith('IST')),
      unreachable: [...new Set(of('IST0130').map(named))].sort(),
      ineffective: of('IST0131')
        .map((path) => `${named(path.slice(0, 3))} match ${named(path)}`)
        .sort(),
    },
  };
}
