import type { ApiObjectMetadataDefinition } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { patchedLast } from './plus-object';
import { leaveOut, namePort, plainTemplate, podProps, renderedAs, selectsPods, type WorkloadFacts } from './pods';
import { claimOf, type Storage } from './storage';
import type { WorkloadProps } from './workload-props';

/** What a StatefulSet has besides its pods. */
export interface SetParts {
  /** The headless Service that gives each pod a name. */
  readonly governing: kplus.Service;
  /** By name of the claim. */
  readonly storage: Readonly<Record<string, Storage>>;
  readonly podManagementPolicy?: kplus.PodManagementPolicy | undefined;
}

/**
 * cdk8s-plus' StatefulSet, rendered as {@link MeshDeployment} is: without Kubernetes' defaults, and without the hash of the
 * construct's path; and with claims for volumes, which cdk8s-plus has none of.
 */
export class MeshStatefulSet extends kplus.StatefulSet {
  constructor(
    scope: Construct,
    id: string,
    private readonly facts: WorkloadFacts,
    private readonly own: WorkloadProps,
    private readonly parts: SetParts,
  ) {
    super(scope, id, {
      ...podProps(facts, own, `"${scope.node.path}"`),
      service: parts.governing,
      ...(own.replicas === undefined ? {} : { replicas: own.replicas }),
      ...(parts.podManagementPolicy ? { podManagementPolicy: parts.podManagementPolicy } : {}),
    });
    namePort(facts, this);
    this.select(selectsPods(facts));
    patchedLast(this);
  }

  /** What selects these pods wherever cdk8s-plus does: in Services, NetworkPolicies, connections and scheduling. */
  override toPodSelectorConfig(): kplus.PodSelectorConfig {
    // cdk8s-plus asks in its constructor, for the headless Service, which says itself what it selects
    return { ...super.toPodSelectorConfig(), labelSelector: selectsPods(this.facts ?? { labels: {} }) };
  }

  /** Rendered as the object's own metadata is, see {@link patchedLast}. */
  override get podMetadata(): ApiObjectMetadataDefinition {
    return renderedAs(super.podMetadata, this.apiObject);
  }

  /** @internal */
  override _toKube(): any {
    const spec: any = super._toKube();
    plainTemplate(spec.template, this.own);
    const [container] = spec.template.spec.containers;
    const claims = Object.entries(this.parts.storage);
    if (claims.length > 0) {
      container.volumeMounts = [
        ...(container.volumeMounts ?? []),
        ...claims.map(([name, { path }]) => ({ name, mountPath: path })),
      ];
      spec.volumeClaimTemplates = claims.map(([name, storage]) => claimOf(name, storage));
    }
    spec.replicas = this.own.replicas;
    spec.updateStrategy = undefined; // cdk8s-plus' is Kubernetes' default
    return leaveOut(spec, { minReadySeconds: 0, podManagementPolicy: 'OrderedReady' });
  }
}
