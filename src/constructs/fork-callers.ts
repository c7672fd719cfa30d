import type { Match } from '../routing/match';
import type { AppModel } from './app-model';
import type { Caller } from './caller';
import { within } from './pod-labels';

/** A fork, and whose calls it makes in an environment: those of the version that it stands for. */
export interface ForkCaller {
  /** The fork. */
  readonly fork: Caller;
  /** Labels of the pods that it stands for. */
  readonly standsFor: Readonly<Record<string, string>>;
}

/** Forks whose pods stand for pods of the caller. What is said for calls of the caller is said for theirs. */
export const forksOf = (model: AppModel, { namespace, labels }: Pick<Caller, 'namespace' | 'labels'>): Caller[] =>
  model.forks.filter((f) => f.fork.namespace === namespace && within(f.standsFor, labels)).map((f) => f.fork);

/** Matches of calls of some callers, with the same of their forks. */
export function withForks(model: AppModel, matches: readonly Match[]): readonly Match[] {
  return matches.flatMap((m) => {
    if (!m.sourceLabels || m.sourceNamespace === undefined) return [m];
    const forks = forksOf(model, { namespace: m.sourceNamespace, labels: m.sourceLabels });
    return [m, ...forks.map((f) => ({ ...m, sourceLabels: f.labels }))];
  });
}

/** The same of rules or overlays. */
export const entriesWithForks = <T extends { readonly when: readonly Match[] }>(
  model: AppModel,
  entries: readonly T[],
): readonly T[] => (model.forks.length === 0 ? entries : entries.map((e) => ({ ...e, when: withForks(model, e.when) })));
