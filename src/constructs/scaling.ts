import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { WorkloadFacts } from './pods';
import type { WorkloadProps } from './workload-props';

/** Id of the HorizontalPodAutoscaler's construct. */
export const AUTOSCALER = 'Autoscaler';

/** The HorizontalPodAutoscaler and the PodDisruptionBudget of a workload, where asked for. */
export function scaling(scope: Construct, facts: WorkloadFacts, props: WorkloadProps, namespace?: string): void {
  const metadata = { name: facts.name, labels: { ...facts.labels }, ...(namespace ? { namespace } : {}) };
  const { autoscale, minAvailable } = props;
  if (autoscale) {
    const { min = 1, max, cpu = 80 } = autoscale;
    new ApiObject(scope, AUTOSCALER, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: facts.name },
        ...(min === 1 ? {} : { minReplicas: min }),
        maxReplicas: max,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } }],
      },
    });
  }
  if (minAvailable !== undefined) {
    const matchLabels = Object.fromEntries(Object.entries(facts.labels).filter(([k]) => k === 'app' || k === 'version'));
    new ApiObject(scope, 'DisruptionBudget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { minAvailable, selector: { matchLabels } },
    });
  }
}
