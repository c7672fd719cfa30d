import { AnalysisTemplate, type Steps } from '../../imports/argoproj.io';
import { dnsLabel, quoted } from '../values/names';

/** Hashes of pods that a step tells a template which asks for them. */
const HASHES: Readonly<Record<string, string>> = { 'canary-hash': 'Latest', 'stable-hash': 'Stable' };

/** What a step asks of templates: objects of this app, or names of those that are there already. */
export function analysisStep(
  templates: readonly (AnalysisTemplate | string)[],
  namespace: string,
  what: string,
): NonNullable<Steps['analysis']> {
  if (templates.length === 0) throw new Error(`${what} names no AnalysisTemplate: leave the step out`);
  const args = new Map<string, string>();
  const names = templates.map((t) => {
    if (typeof t === 'string') return dnsLabel(t, what);
    if (!(t instanceof AnalysisTemplate)) throw new Error(`${what} has what is no AnalysisTemplate: give it one, or its name`);
    const { metadata, spec = {} } = t.toJson() as { metadata: { namespace?: string }; spec?: { args?: { name: string }[] } };
    if (metadata.namespace !== undefined && metadata.namespace !== namespace)
      throw new Error(
        `${what} has "${t.node.path}", which is in namespace "${metadata.namespace}": a Rollout finds those of its own, "${namespace}", alone`,
      );
    const open = (spec.args ?? []).filter((a) => !('value' in a || 'valueFrom' in a)).map((a) => a.name);
    const unknown = open.filter((a) => !(a in HASHES));
    if (unknown.length > 0)
      throw new Error(
        `${what} has "${t.node.path}", whose arguments ${quoted(unknown)} have no value: give them one there; ${quoted(Object.keys(HASHES))} are known`,
      );
    for (const a of open) args.set(a, HASHES[a]!);
    return t.name;
  });
  return {
    templates: names.map((templateName) => ({ templateName })),
    ...(args.size > 0
      ? { args: [...args].sort().map(([name, hash]) => ({ name, valueFrom: { podTemplateHashValue: hash } })) }
      : {}),
  };
}
