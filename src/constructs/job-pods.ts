import { type ApiObjectMetadataDefinition, Chart, Cron } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { AppModel } from './app-model';
import { Mesh } from './mesh';
import { patchedLast } from './plus-object';
import { leaveOut, plainTemplate, podProps, renderedAs, selectsPods, type WorkloadFacts } from './pods';
import type { WorkloadProps } from './workload-props';

/** How a job is tried, and how long it may take; times in seconds. */
export interface JobTiming {
  readonly restart: 'Never' | 'OnFailure';
  readonly retries: number | undefined;
  readonly deadline: number | undefined;
  readonly keepFor: number | undefined;
}

/** When a CronJob runs. */
export interface CronTiming {
  readonly schedule: string;
  readonly timeZone?: string;
}

/** Whether the proxy is a container of its own that ends after the program's, whatever the installation's default is. */
const NATIVE = 'sidecar.istio.io/nativeSidecar';

/** Whether pods of the construct get a sidecar, where anything says how workloads join the mesh. */
function hasSidecars(scope: Construct): boolean {
  const namespace = Chart.of(scope).namespace ?? '';
  const ambient = AppModel.of(scope).secured.get(namespace)?.ambient ?? Mesh.of(scope).dataPlane === 'ambient';
  return !ambient;
}

const propsOf = (scope: Construct, facts: WorkloadFacts, own: WorkloadProps, { restart }: JobTiming) => ({
  ...podProps(facts, own, `"${scope.node.path}"`),
  restartPolicy: restart === 'Never' ? kplus.RestartPolicy.NEVER : kplus.RestartPolicy.ON_FAILURE,
});

/** The Job's own fields beside its pods. */
function jobSpec(scope: Construct, spec: any, own: WorkloadProps, { retries, deadline, keepFor }: JobTiming): any {
  plainTemplate(spec.template, own);
  if (hasSidecars(scope)) spec.template.metadata.annotations = { [NATIVE]: 'true', ...spec.template.metadata.annotations };
  return {
    ...spec,
    ...(retries === undefined ? {} : { backoffLimit: retries }),
    ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
    ...(keepFor === undefined ? {} : { ttlSecondsAfterFinished: keepFor }),
  };
}

/** cdk8s-plus' Job, rendered as {@link MeshDeployment} is. */
export class MeshSingleJob extends kplus.Job {
  constructor(
    scope: Construct,
    id: string,
    private readonly facts: WorkloadFacts,
    private readonly own: WorkloadProps,
    private readonly timing: JobTiming,
  ) {
    super(scope, id, propsOf(scope, facts, own, timing));
    patchedLast(this);
  }

  /** What selects these pods wherever cdk8s-plus does: in NetworkPolicies, connections and scheduling. */
  override toPodSelectorConfig(): kplus.PodSelectorConfig {
    return { ...super.toPodSelectorConfig(), labelSelector: selectsPods(this.facts) };
  }

  /** Rendered as the object's own metadata is, see {@link patchedLast}. */
  override get podMetadata(): ApiObjectMetadataDefinition {
    return renderedAs(super.podMetadata, this.apiObject);
  }

  /** @internal */
  override _toKube(): any {
    return jobSpec(this, super._toKube(), this.own, this.timing);
  }
}

/** cdk8s-plus' CronJob, rendered in the same way; of its runs none begins while another goes on. */
export class MeshCronJob extends kplus.CronJob {
  constructor(
    scope: Construct,
    id: string,
    private readonly facts: WorkloadFacts,
    private readonly own: WorkloadProps,
    private readonly timing: JobTiming,
    private readonly cron: CronTiming,
  ) {
    super(scope, id, { ...propsOf(scope, facts, own, timing), schedule: new Cron() });
    patchedLast(this);
  }

  /** What selects these pods wherever cdk8s-plus does: in NetworkPolicies, connections and scheduling. */
  override toPodSelectorConfig(): kplus.PodSelectorConfig {
    return { ...super.toPodSelectorConfig(), labelSelector: selectsPods(this.facts) };
  }

  /** Rendered as the object's own metadata is, see {@link patchedLast}. */
  override get podMetadata(): ApiObjectMetadataDefinition {
    return renderedAs(super.podMetadata, this.apiObject);
  }

  /** @internal */
  override _toKube(): any {
    const { startingDeadlineSeconds: _, ...spec } = super._toKube() as any;
    const { schedule, timeZone } = this.cron;
    return leaveOut(
      {
        ...spec,
        schedule,
        ...(timeZone === undefined ? {} : { timeZone }),
        jobTemplate: { spec: jobSpec(this, spec.jobTemplate.spec, this.own, this.timing) },
      },
      { failedJobsHistoryLimit: 1, successfulJobsHistoryLimit: 3, suspend: false },
    );
  }
}
