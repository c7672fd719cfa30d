import type { Manifest } from '../../manifests/manifest';
import { takes } from '../../model/network-policy';
import { isWorkload, podLabels } from './readiness';
import { type Fact, NOTHING, type References } from './references';

const BUDGET = 'policy/PodDisruptionBudget';

/** How many pods of a workload may be missing is said before they come; it may be said no more at any time. */
export function budgetFacts(all: readonly Manifest[]): (m: Manifest) => References {
  const budgets = new Map<string, Manifest[]>();
  for (const m of all) if (isBudget(m)) budgets.set(m.namespace, [...(budgets.get(m.namespace) ?? []), m]);
  return (m) => {
    if (isBudget(m)) return { ...NOTHING, provides: new Set([factOf(m)]) };
    if (!isWorkload(m)) return NOTHING;
    const own = (budgets.get(m.namespace) ?? []).filter((b) => takes(b.object.spec?.selector, podLabels(m)));
    return own.length > 0 ? { ...NOTHING, follows: new Set(own.map(factOf)) } : NOTHING;
  };
}

const isBudget = (m: Manifest): boolean => `${m.group}/${m.kind}` === BUDGET;
const factOf = ({ namespace, name }: Manifest): Fact => `budget ${namespace}/${name}`;
