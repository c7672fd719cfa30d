import type { FieldPath } from '../../manifests/manifest';
import type { Config } from '../../model/config';
import type { CheckedMesh } from '../checked-mesh';
import { at } from '../fields';
import { candidates } from '../hints';
import { items, textOf } from '../items';
import type { Rule } from '../rule';

const [TEMPLATE, CLUSTER] = ['AnalysisTemplate', 'ClusterAnalysisTemplate'];

/** A Rollout of Argo's that asks for an analysis which nothing says. */
export const analysisTemplateNotFound: Rule = {
  id: 'MESH251',
  name: 'analysis-template-not-found',
  severity: 'info',
  codes: [],
  summary: 'a Rollout names an AnalysisTemplate that is not there',
  why: 'The controller takes a Rollout whose template is missing for wrong (InvalidSpec), and goes on with no release of it. Found where the manifests hold other AnalysisTemplates of the namespace, or other ClusterAnalysisTemplates, so that this one is likely to be missed; it may be in the cluster already. A warning where a template of that name is there, of the other kind (`clusterScope`). Source: argo-rollouts, rollout/controller.go, getReferencedAnalysisTemplate.',
  remedy: 'Add the template, or name one that is there.',
  *check(mesh) {
    const local = new Map<string, Set<string>>();
    for (const { namespace, name } of mesh.of(`argoproj.io/${TEMPLATE}`))
      local.set(namespace, (local.get(namespace) ?? new Set()).add(name));
    const wide = new Set(mesh.of(`argoproj.io/${CLUSTER}`).map((c) => c.name));
    if (local.size + wide.size === 0) return;
    for (const { config, path, name, clusterScope } of named(mesh)) {
      const own = local.get(config.namespace) ?? new Set();
      const [known, other] = clusterScope ? [wide, own] : [own, wide];
      if (known.has(name) || (known.size === 0 && !other.has(name))) continue;
      const [kind, otherKind] = clusterScope ? [CLUSTER, TEMPLATE] : [TEMPLATE, CLUSTER];
      const where = clusterScope ? '' : ` in namespace "${config.namespace}"`;
      const mistaken = other.has(name);
      yield {
        at: at(config, ...path, 'templateName'),
        ...(mistaken ? { severity: 'warning' as const } : {}),
        message: mistaken
          ? `there is no ${kind} "${name}"${where}; "${name}" is of kind ${otherKind}`
          : `there is no ${kind} "${name}"${where}, of which others are among the manifests`,
        hint: mistaken ? (clusterScope ? 'leave "clusterScope" out' : 'write "clusterScope: true"') : candidates(name, known),
      };
    }
  },
};

interface Named {
  readonly config: Config;
  readonly path: FieldPath;
  readonly name: string;
  readonly clusterScope: boolean;
}

/** Templates that Rollouts name, and ones that templates are made of. */
function* named(mesh: CheckedMesh): Iterable<Named> {
  for (const config of mesh.of('argoproj.io/Rollout')) {
    const { canary, blueGreen } = config.spec.strategy ?? {};
    const strategy = ['spec', 'strategy'];
    yield* listed(config, [...strategy, 'canary', 'analysis', 'templates'], canary?.analysis?.templates);
    for (const [i, { analysis, experiment }] of items(canary?.steps)) {
      const step = [...strategy, 'canary', 'steps', i];
      yield* listed(config, [...step, 'analysis', 'templates'], analysis?.templates);
      yield* listed(config, [...step, 'experiment', 'analyses'], experiment?.analyses);
    }
    for (const when of ['prePromotionAnalysis', 'postPromotionAnalysis'])
      yield* listed(config, [...strategy, 'blueGreen', when, 'templates'], blueGreen?.[when]?.templates);
  }
  for (const config of mesh.of(`argoproj.io/${TEMPLATE}`)) yield* listed(config, ['spec', 'templates'], config.spec.templates);
}

function* listed(config: Config, path: FieldPath, list: unknown): Iterable<Named> {
  for (const [i, t] of items(list)) {
    const name = textOf(t.templateName);
    if (name) yield { config, path: [...path, i], name, clusterScope: t.clusterScope === true };
  }
}
