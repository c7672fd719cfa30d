import { App } from 'cdk8s';
import { objectsOf } from '../constructs/object-conflicts';
import { validate } from './validate';

/** One entry of `spec.ignoreDifferences` of an Application of Argo CD. */
export interface IgnoredDifference {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Fields, as jq finds them. */
  readonly jqPathExpressions: readonly string[];
}

/**
 * What Argo Rollouts changes in objects of the app while it releases, for `spec.ignoreDifferences` of the Application that synchronizes
 * them: weights, routes that steps make, and labels of subsets. Of Flagger there is nothing, which changes none of its objects. Call it when
 * all constructs are made; goes with the sync option `RespectIgnoreDifferences=true`.
 * @throws where it is no app that is given, and what synth would throw
 */
export function ignoreDifferences(app: App): IgnoredDifference[] {
  if (!(app instanceof App)) throw new Error('ignoreDifferences takes the App whose objects Argo CD synchronizes');
  validate(app);
  const group = 'networking.istio.io';
  const all = objectsOf(app);
  const specs = new Map(
    all
      .filter((o) => o.kind === 'VirtualService' && o.apiGroup === group)
      .map((o) => [`${o.metadata.namespace}/${o.name}`, o.toJson().spec]),
  );
  const rollouts = all.filter((o) => o.kind === 'Rollout' && o.apiGroup === 'argoproj.io');
  return rollouts.flatMap((o): IgnoredDifference[] => {
    const { metadata, spec } = o.toJson();
    const { istio, managedRoutes = [] } = spec?.strategy?.canary?.trafficRouting ?? {};
    if (!istio) return []; // one of the user's own, that moves no requests
    const { namespace } = metadata;
    const routes = (istio.virtualServices ?? [istio.virtualService]).map(({ name: said }: { name: string }) => {
      const [name, elsewhere] = said.split('.') as [string, string?];
      const of = specs.get(`${elsewhere ?? namespace}/${name}`);
      const weights = ['http', 'tls', 'tcp'].filter((field) => of?.[field]).map((field) => `.spec.${field}[].route[].weight`);
      const added = managedRoutes.map((r: { name: string }) => `.spec.http[] | select(.name == "${r.name}")`);
      return {
        group,
        kind: 'VirtualService',
        namespace: elsewhere ?? namespace,
        name,
        jqPathExpressions: [...weights, ...added],
      };
    });
    // not the label alone that comes to them: Argo CD writes a list as Git has it where Git has nothing of what is ignored. Source:
    // argo-cd 3.6, controller/sync.go, restoreNonIgnoredFields
    const labels = ['.spec.subsets[].labels'];
    const rule = istio.destinationRule && { group, kind: 'DestinationRule', namespace, name: istio.destinationRule.name };
    return [...routes, ...(rule ? [{ ...rule, jqPathExpressions: labels }] : [])];
  });
}
