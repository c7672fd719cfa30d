import { parse } from 'yaml';

/** An object before and after a change, and the fields that cannot change. Its name and namespace are the test's. */
export interface FixedRow {
  readonly what: string;
  readonly before: Readonly<Record<string, any>>;
  readonly after: Readonly<Record<string, any>>;
  /** None: the change is fine. */
  readonly fields: readonly string[];
}

const row = (what: string, kind: string, before: string, after: string, ...fields: string[]): FixedRow => {
  const [apiVersion, name] = kind.split(' ');
  const of = (text: string) => ({ apiVersion, kind: name, ...parse(text) });
  return { what, before: of(before), after: of(after), fields };
};

const pods = (labels = 'app: web', spec = '', container = 'image: web:1') =>
  `template: {metadata: {labels: {${labels}}}, spec: {containers: [{name: web, ${container}}]${spec ? `, ${spec}` : ''}}}`;
const workload = (labels: string, more = '') =>
  `spec: {selector: {matchLabels: {${labels}}}, ${pods(labels)}${more ? `, ${more}` : ''}}`;
const web = workload('app: web');
const claims = (size: string, more = '') =>
  `volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: ${size}}}${more}}}]`;
const set = (more: string) => workload('app: web', more);
const job = (container: string, pod = 'restartPolicy: Never', more = '', labels = 'app: web') =>
  `spec: {${pods(labels, pod, container)}${more ? `, ${more}` : ''}}`;
const service = (more: string, type = 'ClusterIP') =>
  `spec: {type: ${type}, selector: {app: web}, ports: [{name: http, port: 80}]${more ? `, ${more}` : ''}}`;
const volume = (more: string, size = '1Gi') =>
  `spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: ${size}}}${more ? `, ${more}` : ''}}`;
const binding = (name: string, more = '') =>
  `{roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${name}}, subjects: [{kind: ServiceAccount, name: web, namespace: default}]${more}}`;
const storage = (more: string) => `{provisioner: a.example.com${more ? `, ${more}` : ''}}`;

const DEPLOYMENT = 'apps/v1 Deployment';
const STATEFUL_SET = 'apps/v1 StatefulSet';
const JOB = 'batch/v1 Job';
const SERVICE = 'v1 Service';
const CLAIM = 'v1 PersistentVolumeClaim';
const STORAGE = 'storage.k8s.io/v1 StorageClass';

/** The API server is asked about each, too: `npm run test:real -- --only apply`. */
export const FIXED_ROWS: readonly FixedRow[] = [
  row('pods of other labels', DEPLOYMENT, web, workload('app: web, tier: b'), 'spec.selector'),
  row('other pods of the same labels', DEPLOYMENT, web, workload('app: web', 'replicas: 3, strategy: {type: Recreate}')),
  row('pods of other labels on each node', 'apps/v1 DaemonSet', web, workload('app: api'), 'spec.selector'),
  row('pods of a set of other labels', 'apps/v1 ReplicaSet', web, workload('app: api'), 'spec.selector'),
  row('volumes of another size', STATEFUL_SET, set(claims('1Gi')), set(claims('2Gi')), 'spec.volumeClaimTemplates'),
  row('volumes that come', STATEFUL_SET, web, set(claims('1Gi')), 'spec.volumeClaimTemplates'),
  row(
    'volumes of the same size, in other words',
    STATEFUL_SET,
    set(claims('1Gi')),
    set(claims('1024Mi', ', volumeMode: Filesystem')),
  ),
  row('another headless Service', STATEFUL_SET, set('serviceName: a'), set('serviceName: b'), 'spec.serviceName'),
  row('another order', STATEFUL_SET, web, set('podManagementPolicy: Parallel'), 'spec.podManagementPolicy'),
  row(
    'the same order, and more of it',
    STATEFUL_SET,
    web,
    set('podManagementPolicy: OrderedReady, replicas: 3, minReadySeconds: 5'),
  ),
  row('another image of a Job', JOB, job('image: web:1'), job('image: web:2'), 'spec.template'),
  row(
    'another label of its pods',
    JOB,
    job('image: web:1'),
    job('image: web:1', 'restartPolicy: Never', '', 'app: api'),
    'spec.template',
  ),
  row(
    'the same Job, with what the server fills in',
    JOB,
    job('image: web:1, ports: [{containerPort: 80}], resources: {requests: {cpu: 500m}}, readinessProbe: {httpGet: {port: 80}}'),
    job(
      'image: web:1, imagePullPolicy: IfNotPresent, ports: [{containerPort: 80, protocol: TCP}], resources: {requests: {cpu: "0.5"}}, readinessProbe: {timeoutSeconds: 1, httpGet: {port: 80, path: /, scheme: HTTP}}',
      'restartPolicy: Never, dnsPolicy: ClusterFirst, terminationGracePeriodSeconds: 30, securityContext: {}, nodeSelector: {}',
      'completions: 1, parallelism: 1, completionMode: NonIndexed, backoffLimit: 2, ttlSecondsAfterFinished: 60',
    ),
  ),
  row('the latest image, always pulled', JOB, job('image: web'), job('image: web, imagePullPolicy: Always')),
  row(
    'volumes of its pods, in other words',
    JOB,
    job('image: web:1', 'restartPolicy: Never, volumes: [{name: a, configMap: {name: a}}]'),
    job('image: web:1', 'restartPolicy: Never, volumes: [{name: a, configMap: {name: a, defaultMode: 420}}]'),
  ),
  row('how often a Job runs', JOB, job('image: web:1'), job('image: web:1', undefined, 'completions: 3'), 'spec.completions'),
  row(
    'a Job whose runs are counted',
    JOB,
    job('image: web:1'),
    job('image: web:1', undefined, 'completionMode: Indexed, completions: 1'),
    'spec.completionMode',
  ),
  row(
    'the image of a Job that recurs',
    'batch/v1 CronJob',
    `spec: {schedule: "* * * * *", jobTemplate: {${job('image: web:1')}}}`,
    `spec: {schedule: "* * * * *", jobTemplate: {${job('image: web:2')}}}`,
  ),
  row('a Service that becomes headless', SERVICE, service(''), service('clusterIP: None'), 'spec.clusterIP'),
  row('a headless Service that no file says is one', SERVICE, service('clusterIP: None'), service('')),
  row('another address', SERVICE, service('clusterIP: 10.96.70.1'), service('clusterIP: 10.96.70.2'), 'spec.clusterIP'),
  row('an address that no file says any more', SERVICE, service('clusterIP: 10.96.70.3'), service('')),
  row(
    'ports, a selector, a type',
    SERVICE,
    service(''),
    'spec: {type: NodePort, selector: {app: api}, ports: [{name: http, port: 81}]}',
  ),
  row('a name outside', SERVICE, service(''), 'spec: {type: ExternalName, externalName: a.example.com}'),
  row(
    'another kind of balancer',
    SERVICE,
    service('loadBalancerClass: example.com/a', 'LoadBalancer'),
    service('loadBalancerClass: example.com/b', 'LoadBalancer'),
    'spec.loadBalancerClass',
  ),
  row(
    'a kind of balancer that comes',
    SERVICE,
    service('', 'LoadBalancer'),
    service('loadBalancerClass: example.com/a', 'LoadBalancer'),
    'spec.loadBalancerClass',
  ),
  row('a volume of another class', CLAIM, volume('storageClassName: a'), volume('storageClassName: b'), 'spec'),
  row(
    'a volume that others write to',
    CLAIM,
    volume(''),
    'spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}',
    'spec',
  ),
  row('a volume that shrinks', CLAIM, volume('', '2Gi'), volume('', '1Gi'), 'spec.resources.requests.storage'),
  row('a volume, in other words', CLAIM, volume('', '1Gi'), volume('volumeMode: Filesystem', '1024Mi')),
  row(
    'what is fixed of a ConfigMap',
    'v1 ConfigMap',
    '{immutable: true, data: {a: "1"}}',
    '{immutable: true, data: {a: "2"}}',
    'data',
  ),
  row('a ConfigMap that is fixed no more', 'v1 ConfigMap', '{immutable: true, data: {a: "1"}}', '{data: {a: "1"}}', 'immutable'),
  row('a ConfigMap that comes to be fixed', 'v1 ConfigMap', '{data: {a: "1"}}', '{immutable: true, data: {a: "2"}}'),
  row(
    'what is fixed of a Secret',
    'v1 Secret',
    '{immutable: true, stringData: {a: "1"}}',
    '{immutable: true, stringData: {a: "2"}}',
    'stringData',
  ),
  row('another type of Secret', 'v1 Secret', '{stringData: {a: "1"}}', '{type: example.com/a, stringData: {a: "1"}}', 'type'),
  row('another role', 'rbac.authorization.k8s.io/v1 RoleBinding', binding('view'), binding('edit'), 'roleRef'),
  row(
    'a role for others',
    'rbac.authorization.k8s.io/v1 RoleBinding',
    binding('view'),
    binding('view').replace('name: web', 'name: api'),
  ),
  row('another role everywhere', 'rbac.authorization.k8s.io/v1 ClusterRoleBinding', binding('view'), binding('edit'), 'roleRef'),
  row('volumes of another maker', STORAGE, storage(''), '{provisioner: b.example.com}', 'provisioner'),
  row('volumes made otherwise', STORAGE, storage('parameters: {a: "1"}'), storage('parameters: {a: "2"}'), 'parameters'),
  row('volumes that stay', STORAGE, storage(''), storage('reclaimPolicy: Retain'), 'reclaimPolicy'),
  row('volumes made late', STORAGE, storage(''), storage('volumeBindingMode: WaitForFirstConsumer'), 'volumeBindingMode'),
  row('volumes that may grow', STORAGE, storage(''), storage('allowVolumeExpansion: true, reclaimPolicy: Delete')),
  row('another priority', 'scheduling.k8s.io/v1 PriorityClass', '{value: 1}', '{value: 2}', 'value'),
  row(
    'a priority that spares others',
    'scheduling.k8s.io/v1 PriorityClass',
    '{value: 1}',
    '{value: 1, preemptionPolicy: Never}',
    'preemptionPolicy',
  ),
  row(
    'another controller',
    'networking.k8s.io/v1 IngressClass',
    'spec: {controller: example.com/a}',
    'spec: {controller: example.com/b}',
    'spec.controller',
  ),
];
