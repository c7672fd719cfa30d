import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { isCount, MOST } from '../values/count';
import { cronSchedule } from '../values/cron';
import { type Time, toMillis } from '../values/duration';
import { dnsLabel, kebab, quoted } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { AppModel, type Settles } from './app-model';
import { type Callee, type Caller, type CallLimits, checkCall } from './caller';
import { namespaceOfChart } from './chart-namespace';
import { commonLabels } from './common-labels';
import { EgressScope } from './egress-scope';
import { ownAccount } from './identities';
import { type JobTiming, MeshCronJob, MeshSingleJob } from './job-pods';
import { Mesh } from './mesh';
import { originOf, whileMade } from './origin';
import { pastProxy } from './past-proxy';
import { patchedLast } from './plus-object';
import { sharingPods } from './shared-pods';
import { pathOf, tellsItsPath } from './told-at';
import { checkWorkload, WORKLOAD, type WorkloadProps } from './workload-props';

/** The program of a {@link MeshJob}, when it runs, and what it calls. */
export interface MeshJobProps
  extends Omit<WorkloadProps, 'name' | 'replicas' | 'autoscale' | 'minAvailable' | 'serviceAccount' | 'readiness'> {
  /** Name of the Job or CronJob. @default - the id in kebab-case */
  readonly name?: string;
  /** When it runs, as cron has it: `0 3 * * *`. Makes a CronJob. @default - once, when it is applied: a Job */
  readonly schedule?: string;
  /** In which the schedule is meant, such as `Asia/Tokyo`. @default - that of Kubernetes' controllers, mostly UTC */
  readonly timeZone?: string;
  /** What becomes of a pod that fails: another takes its place, or its container starts again. @default 'Never' */
  readonly restart?: 'Never' | 'OnFailure';
  /** How often a failed pod is tried again (`backoffLimit`). @default 6, Kubernetes' */
  readonly retries?: number;
  /** After which all is stopped (`activeDeadlineSeconds`), in whole seconds. @default - never */
  readonly deadline?: Time;
  /** How long it stays when it is done (`ttlSecondsAfterFinished`), in whole seconds; after that an apply runs it again. @default - for ever */
  readonly keepFor?: Time;
  /** All that it calls; see {@link MeshServiceProps.calls}. */
  readonly calls?: readonly Callee[];
}

const {
  name: _name,
  replicas: _replicas,
  autoscale: _autoscale,
  minAvailable: _min,
  serviceAccount: _account,
  readiness: _readiness,
  ...PODS
} = WORKLOAD;
const PROPERTIES: Properties<MeshJobProps> = {
  ...PODS,
  name: 'text?',
  schedule: 'text?',
  timeZone: 'text?',
  restart: 'text?',
  retries: 'number?',
  deadline: 'any?',
  keepFor: 'any?',
  calls: 'list?',
};

/** A CronJob's Jobs have its name and the time; a Job's pods have its name in a label. */
const LONGEST = { CronJob: 52, Job: 63 };

/**
 * A program that runs once, or by a schedule, and calls services; nobody calls it.
 *
 * Compiles to a ServiceAccount, a Job (or a CronJob, where it has a `schedule`), and a Sidecar where calls are declared; its
 * callees let its identity in. Its proxy is a native sidecar, which starts before the program and ends after it, so that the
 * Job is done when the program is. Source: pkg/kube/inject/inject.go (`sidecar.istio.io/nativeSidecar`).
 */
@tellsItsPath
export class MeshJob extends Construct implements Caller, Settles {
  /** Of the Job or CronJob, its ServiceAccount and its Sidecar. */
  readonly name: string;
  /** Namespace of its pods. */
  readonly namespace: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its identity, as AuthorizationPolicy writes it. */
  readonly principals: readonly string[];
  /** What it is called in errors. */
  readonly callerName: string;
  /** cdk8s-plus' Job or CronJob. */
  readonly job: kplus.Job | kplus.CronJob;
  /** cdk8s-plus' ServiceAccount of its pods. */
  readonly serviceAccount: kplus.ServiceAccount;
  /** @internal */
  readonly egress: EgressScope;
  private readonly past: string | undefined;

  constructor(scope: Construct, id: string, props: MeshJobProps) {
    super(scope, id);
    const where = `"${pathOf(scope, id)}"`;
    checkProperties(props, PROPERTIES, where);
    const { name = kebab(id), calls, schedule, timeZone, restart = 'Never', retries, deadline, keepFor, ...own } = props;
    const kind = schedule === undefined ? 'Job' : 'CronJob';
    this.name = dnsLabel(name, `name of ${where}`);
    if (this.name.length > LONGEST[kind])
      throw new Error(
        `name "${this.name}" of ${where} has ${this.name.length} characters: a ${kind}'s has ${LONGEST[kind]} at most`,
      );
    ownAccount(`job "${this.name}"`, this.name);
    checkWorkload(own, where);
    oneOf(restart, ['Never', 'OnFailure'], `restart of ${where}`);
    if (retries !== undefined && !isCount(retries))
      throw new Error(`retries of ${where} is ${retries}: it has to be a whole number, 0 for none, ${MOST} at most`);
    this.namespace = namespaceOfChart(this, `job "${this.name}"`);
    this.labels = { app: this.name };
    this.callerName = `job "${this.name}"`;
    this.principals = [Mesh.of(this).principal(this.namespace, this.name)];
    const labels = commonLabels(this.name);
    this.serviceAccount = patchedLast(
      new kplus.ServiceAccount(this, 'ServiceAccount', { metadata: { name: this.name, labels } }),
    );
    const facts = {
      name: this.name,
      labels,
      ports: [],
      serviceAccount: this.serviceAccount as kplus.IServiceAccount,
      containerName: this.name,
    };
    const timing: JobTiming = {
      restart,
      retries,
      deadline: seconds(deadline, `deadline of ${where}`),
      keepFor: seconds(keepFor, `keepFor of ${where}`, 'or none'),
    };
    if (schedule === undefined) {
      if (timeZone !== undefined) throw new Error(`${where} has a timeZone and no schedule, for which it is: give it one`);
      this.job = new MeshSingleJob(this, 'Job', facts, own, timing);
    } else {
      const cron = {
        schedule: cronSchedule(schedule, `schedule of ${where}`),
        ...(timeZone === undefined ? {} : { timeZone: zone(timeZone, where) }),
      };
      this.job = new MeshCronJob(this, 'Job', facts, own, timing, cron);
    }
    this.past = pastProxy({ v1: own });
    this.egress = new EgressScope(this);
    originOf(this);
    const model = AppModel.of(this);
    model.jobs.push(this);
    model.add(this);
    model.add(this.egress);
    if (calls) this.egress.complete();
    whileMade(this, () => {
      for (const callee of calls ?? []) this.mayCall(callee);
    });
  }

  /** Declares a call: the callee lets this job in, and its Sidecar scope names the callee. */
  mayCall(callee: Callee, limits: CallLimits = {}): this {
    checkCall(this, callee, limits);
    this.egress.declare(callee);
    callee.admit(this, limits);
    return this;
  }

  /** A service that has its pods would send them requests, which nobody there answers. */
  compile(): void {
    const takers = sharingPods(this);
    if (takers.length > 0)
      throw new Error(
        `job "${this.name}" has pods that ${quoted(takers.map((s) => s.node.path))} ${takers.length > 1 ? 'take' : 'takes'} for its own (app=${this.name}), and nobody answers there: give one of them another name`,
      );
  }

  /** What goes past its proxy. */
  warnings(): readonly string[] {
    return this.past ? [this.past] : [];
  }
}

function seconds(time: Time | undefined, what: string, none?: 'or none'): number | undefined {
  if (time === undefined) return undefined;
  if (none && time === '0s') return 0;
  const ms = toMillis(time, what);
  if (ms % 1000 !== 0) throw new Error(`${what} is ${ms}ms: Kubernetes counts in whole seconds here`);
  return ms / 1000;
}

/** A name of the zones' database; which there are the cluster knows. */
function zone(name: string, where: string): string {
  if (/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(name) && name !== 'Local') return name;
  throw new Error(`timeZone of ${where} is "${name}": it has to be the name of one, such as "Asia/Tokyo"`);
}
