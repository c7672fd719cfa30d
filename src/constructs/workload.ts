import { type ApiObject, type ApiObjectMetadataDefinition, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { patchedLast } from './plus-object';
import { leaveOut, namePort, plainTemplate, podProps, renderedAs, selectsPods, type WorkloadFacts } from './pods';
import { AUTOSCALER } from './scaling';
import type { WorkloadProps } from './workload-props';

/** Who runs the pods of a Deployment while they are released. */
export interface Controller {
  /** A label that the pods get besides, and that alone selects them; it cannot be changed once it is applied. */
  readonly selector?: Readonly<Record<string, string>>;
}

/**
 * cdk8s-plus' Deployment, rendered without what equals Kubernetes' defaults, and without the hash of the construct's
 * path that cdk8s-plus puts on pods and selectors (a moved construct would replace the Deployment).
 */
export class MeshDeployment extends kplus.Deployment {
  private controller: Controller | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly facts: WorkloadFacts,
    private readonly own: WorkloadProps,
    namespace?: string,
  ) {
    super(scope, id, {
      ...podProps(facts, own, `"${scope.node.path}"`, namespace),
      ...(own.replicas !== undefined && !own.autoscale ? { replicas: own.replicas } : {}),
    });
    namePort(facts, this);
    this.select(selectsPods(facts));
    patchedLast(this);
  }

  /** What selects these pods wherever cdk8s-plus does: in Services, NetworkPolicies, connections and scheduling. */
  override toPodSelectorConfig(): kplus.PodSelectorConfig {
    return { ...super.toPodSelectorConfig(), labelSelector: selectsPods(this.facts) };
  }

  /** Rendered as the object's own metadata is, see {@link patchedLast}. */
  override get podMetadata(): ApiObjectMetadataDefinition {
    return renderedAs(super.podMetadata, this.apiObject);
  }

  /** @internal */
  override _toKube(): any {
    const spec: any = super._toKube();
    const { template } = spec;
    plainTemplate(template, this.own);
    spec.replicas = this.own.autoscale || this.controller ? undefined : this.own.replicas;
    const selector = this.controller?.selector;
    if (selector) {
      spec.selector = { matchLabels: { ...selector } };
      Object.assign(template.metadata.labels, selector);
    }
    spec.strategy = undefined; // a version says none: cdk8s-plus' is Kubernetes' default
    return leaveOut(spec, { minReadySeconds: 0, progressDeadlineSeconds: 600 });
  }

  /** @internal Leaves the number of pods, and maybe what selects them, to a controller that releases them. */
  handTo(controller: Controller): void {
    this.controller = controller;
  }

  /** @internal What scales the pods asks the controller. */
  scaledBy(target: { readonly apiVersion: string; readonly kind: string; readonly name: string }): void {
    const scaler = this.node.tryFindChild(AUTOSCALER) as ApiObject | undefined;
    scaler?.addJsonPatch(JsonPatch.replace('/spec/scaleTargetRef', target));
  }
}
