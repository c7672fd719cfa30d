import { Faults } from './faults';
import { podProblems, templateProblems } from './pod-problems';
import type { SchemaProblem } from './problem';
import { budgetProblems, scalerProblems } from './scaling-problems';
import { serviceProblems } from './service-problems';
import { workloadProblems } from './workload-problems';

type Check = (spec: Readonly<Record<string, any>>, faults: Faults) => void;

/** By `group/kind`. */
const CHECKS: Readonly<Record<string, Check>> = {
  '/Service': serviceProblems,
  '/Pod': (spec, faults) => podProblems(spec, ['spec'], faults),
  'apps/Deployment': workloadProblems,
  'apps/StatefulSet': workloadProblems,
  'apps/DaemonSet': workloadProblems,
  'apps/ReplicaSet': workloadProblems,
  'batch/Job': (spec, faults) => templateProblems(spec.template, ['spec', 'template'], faults),
  'batch/CronJob': ({ jobTemplate }, faults) =>
    templateProblems(jobTemplate?.spec?.template, ['spec', 'jobTemplate', 'spec', 'template'], faults),
  'autoscaling/HorizontalPodAutoscaler': scalerProblems,
  'policy/PodDisruptionBudget': budgetProblems,
};

/**
 * What the API server has against objects of Kubernetes' own kinds whose fields and types are right: what is required, what
 * may be there once, what has to agree. It is what meshes are broken by, and what our constructs write; the API server asks more.
 * Source: pkg/apis of Kubernetes 1.36, each file named where it is followed.
 * @param kind `group/kind`
 */
export function kubernetesProblems(kind: string, object: Readonly<Record<string, any>>): readonly SchemaProblem[] {
  if (!Object.hasOwn(CHECKS, kind)) return [];
  const faults = new Faults(object);
  CHECKS[kind]!(typeof object.spec === 'object' && object.spec !== null ? object.spec : {}, faults);
  return faults.list;
}
