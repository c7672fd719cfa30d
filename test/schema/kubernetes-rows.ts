import { object } from './support';

const container = '{name: web, image: web:1}';
const template = (container: string, labels = 'app: web') =>
  `{metadata: {labels: {${labels}}}, spec: {containers: [${container}]}}`;
const service = (spec: string) => object('v1', 'Service', spec);
const deployment = (spec: string, kind = 'Deployment') => object('apps/v1', kind, spec);
const withSelector = (selector: string, kind = 'Deployment', labels?: string) =>
  deployment(`{selector: ${selector}, template: ${template(container, labels)}}`, kind);
const withContainer = (container: string) =>
  deployment(`{selector: {matchLabels: {app: web}}, template: ${template(container)}}`);
const scaler = (spec: string) => object('autoscaling/v2', 'HorizontalPodAutoscaler', spec);
const budget = (spec: string) => object('policy/v1', 'PodDisruptionBudget', `{selector: {matchLabels: {app: web}}, ${spec}}`);
const target = 'scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}';
const LONG = 'a'.repeat(64);

/**
 * Objects of Kubernetes' own kinds, with what we say is wrong; those with nothing are right. The API server is asked about each,
 * too: `npm run test:real -- --only schema`.
 */
export const KUBERNETES_ROWS: readonly (readonly [what: string, yaml: string, problems: readonly string[]])[] = [
  [
    'a Service',
    service('{selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}, {name: dns, port: 53, protocol: UDP}]}'),
    [],
  ],
  ['one port twice, of two protocols', service('{ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]}'), []],
  [
    'a Service without ports',
    service('{selector: {app: web}}'),
    ['4: spec has no ports, which are required [a Service without ports is headless: clusterIP: None]'],
  ],
  ['a headless Service without ports', service('{clusterIP: None, selector: {app: web}}'), []],
  ['an ExternalName', service('{type: ExternalName, externalName: a.example.com.}'), []],
  ['an ExternalName without a name', service('{type: ExternalName}'), ['4: spec has no externalName, which is required']],
  [
    'an ExternalName of an address',
    service('{type: ExternalName, externalName: "a_b"}'),
    ['4: spec.externalName is "a_b", which is no DNS name'],
  ],
  [
    'an unknown type',
    service('{type: Internal, ports: [{port: 80}]}'),
    ['4: spec.type is "Internal", where one of ClusterIP, NodePort, LoadBalancer, ExternalName is wanted'],
  ],
  [
    'several ports without names',
    service('{ports: [{name: http, port: 80}, {port: 81}]}'),
    ['4: spec.ports[1] has no name, which is required where a Service has several ports'],
  ],
  [
    'a name of two ports',
    service('{ports: [{name: http, port: 80}, {name: http, port: 81}]}'),
    ['4: spec.ports[1].name is "http", as another one is: it may be there once'],
  ],
  [
    'a port twice',
    service('{ports: [{name: http, port: 80}, {name: web, port: 80}]}'),
    ['4: spec.ports[1].port is "80/TCP", as another one is: it may be there once'],
  ],
  [
    'a name of a port that is no label',
    service('{ports: [{name: HTTP_1, port: 80}]}'),
    [
      '4: spec.ports[0].name is "HTTP_1": up to 63 lower-case letters, digits and "-" are allowed, a letter or digit at both ends',
    ],
  ],
  [
    'a port that is none',
    service('{ports: [{name: http, port: 70000}]}'),
    ['4: spec.ports[0].port is 70000, where 1 to 65535 is wanted'],
  ],
  ['no number', service('{ports: [{name: http, targetPort: 80}]}'), ['4: spec.ports[0] has no port, which is required']],
  [
    'a target in quotes',
    service('{ports: [{port: 80, targetPort: "8080"}]}'),
    [
      '4: spec.ports[0].targetPort is "8080": a name of a port has 15 lower-case letters, digits and single "-" at most, and a letter [write the number without quotes]',
    ],
  ],
  [
    'a target with a long name',
    service('{ports: [{port: 80, targetPort: metrics-of-the-app}]}'),
    [
      '4: spec.ports[0].targetPort is "metrics-of-the-app": a name of a port has 15 lower-case letters, digits and single "-" at most, and a letter',
    ],
  ],
  ['a target of nothing, which is the port', service('{ports: [{port: 80, targetPort: 0}]}'), []],
  [
    'a protocol of Istio',
    service('{ports: [{port: 80, protocol: HTTP}]}'),
    [
      '4: spec.ports[0].protocol is "HTTP", where one of TCP, UDP, SCTP is wanted [what is spoken on it is said by the name of the port, or by appProtocol]',
    ],
  ],
  [
    'a protocol in small letters',
    service('{ports: [{port: 80, protocol: tcp}]}'),
    ['4: spec.ports[0].protocol is "tcp", where one of TCP, UDP, SCTP is wanted [did you mean "TCP"?]'],
  ],
  [
    'a node port of a ClusterIP',
    service('{ports: [{port: 80, nodePort: 30080}]}'),
    ['4: spec.ports[0].nodePort is for Services of type NodePort and LoadBalancer'],
  ],
  [
    'a node port twice',
    service('{type: NodePort, ports: [{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30080}]}'),
    ['4: spec.ports[1].nodePort is "30080/TCP", as another one is: it may be there once'],
  ],
  [
    'a label of a selector that is too long',
    service(`{selector: {app: ${LONG}}, ports: [{port: 80}]}`),
    [`4: spec.selector.app is "${LONG}": up to 63 letters, digits, "-", "_" and "." are allowed, a letter or digit at both ends`],
  ],

  ['a Deployment', withSelector('{matchLabels: {app: web}}'), []],
  [
    'a Deployment without a selector',
    deployment(`{template: ${template(container)}}`),
    ['4: spec has no selector, which is required [write selector: {matchLabels: {app: web}}]'],
  ],
  [
    'a StatefulSet without a selector',
    deployment(`{template: ${template(container)}}`, 'StatefulSet'),
    ['4: spec has no selector, which is required [write selector: {matchLabels: {app: web}}]'],
  ],
  [
    'an empty selector',
    withSelector('{}'),
    [
      '4: spec.selector chooses no pods: it has neither matchLabels nor matchExpressions [write selector: {matchLabels: {app: web}}]',
    ],
  ],
  [
    'a selector of other pods',
    withSelector('{matchLabels: {app: shop}}'),
    ['4: spec.selector.matchLabels.app is "shop", and the pods of the template have "web" [selector and template have to agree]'],
  ],
  [
    'a selector with a label more',
    withSelector('{matchLabels: {app: web, version: v1}}', 'DaemonSet'),
    [
      '4: spec.selector.matchLabels.version is "v1", and the pods of the template have no label "version" [selector and template have to agree]',
    ],
  ],
  [
    'expressions that choose the pods',
    withSelector(
      '{matchExpressions: [{key: app, operator: In, values: [web, shop]}, {key: old, operator: DoesNotExist}, {key: app, operator: Exists}, {key: app, operator: NotIn, values: [x]}]}',
      'ReplicaSet',
    ),
    [],
  ],
  [
    'expressions that do not',
    withSelector('{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}'),
    ['4: spec.selector.matchExpressions[0] does not choose the pods of the template: they have "app" "web"'],
  ],
  [
    'a label that no pod has',
    withSelector('{matchExpressions: [{key: version, operator: Exists}]}'),
    ['4: spec.selector.matchExpressions[0] does not choose the pods of the template: they have no label "version"'],
  ],
  [
    'an unknown operator',
    withSelector('{matchExpressions: [{key: app, operator: Is, values: [web]}]}'),
    ['4: spec.selector.matchExpressions[0] has the operator "Is", where one of In, NotIn, Exists, DoesNotExist is wanted'],
  ],
  [
    'an operator without values',
    withSelector('{matchExpressions: [{key: app, operator: In}]}'),
    ['4: spec.selector.matchExpressions[0] has no values, which In wants'],
  ],
  [
    'a label of the template that is too long',
    withSelector('{matchLabels: {app: web}}', 'Deployment', `app: web, version: ${LONG}`),
    [
      `4: spec.template.metadata.labels.version is "${LONG}": up to 63 letters, digits, "-", "_" and "." are allowed, a letter or digit at both ends`,
    ],
  ],
  [
    'fewer than no replicas',
    deployment(`{replicas: -1, selector: {matchLabels: {app: web}}, template: ${template(container)}}`),
    ['4: spec.replicas is -1, where at least 0 is wanted'],
  ],
  [
    'pods that end',
    deployment(
      '{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {restartPolicy: Never, containers: [{name: web, image: web:1}]}}}',
    ),
    ['4: spec.template.spec.restartPolicy is "Never", where Always is wanted'],
  ],
  [
    'no containers',
    deployment('{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}'),
    ['4: spec.template has no spec.containers, which are required'],
  ],
  ['no image', withContainer('{name: web}'), ['4: spec.template.spec.containers[0] has no image, which is required']],
  ['no name', withContainer('{image: web:1}'), ['4: spec.template.spec.containers[0] has no name, which is required']],
  [
    'a name of a container that is no label',
    withContainer('{name: web.1, image: web:1}'),
    [
      '4: spec.template.spec.containers[0].name is "web.1": up to 63 lower-case letters, digits and "-" are allowed, a letter or digit at both ends',
    ],
  ],
  [
    'a container twice',
    withContainer(`${container}, ${container}`),
    ['4: spec.template.spec.containers[1].name is "web", as another one is: it may be there once'],
  ],
  [
    'ports of containers',
    withContainer(
      '{name: web, image: web:1, ports: [{name: http, containerPort: 80}, {name: dns, containerPort: 53, protocol: UDP}]}',
    ),
    [],
  ],
  [
    'a port without a number',
    withContainer('{name: web, image: web:1, ports: [{name: http}]}'),
    ['4: spec.template.spec.containers[0].ports[0] has no containerPort, which is required'],
  ],
  [
    'a port with a long name',
    withContainer('{name: web, image: web:1, ports: [{name: http-of-the-shop, containerPort: 80}]}'),
    [
      '4: spec.template.spec.containers[0].ports[0].name is "http-of-the-shop": a name of a port has 15 lower-case letters, digits and single "-" at most, and a letter',
    ],
  ],
  [
    'two ports of one name',
    withContainer('{name: web, image: web:1, ports: [{name: http, containerPort: 80}, {name: http, containerPort: 81}]}'),
    ['4: spec.template.spec.containers[0].ports[1].name is "http", as another one is: it may be there once'],
  ],
  [
    'a variable without a name',
    withContainer('{name: web, image: web:1, env: [{value: a}]}'),
    ['4: spec.template.spec.containers[0].env[0] has no name, which is required'],
  ],
  [
    'probes',
    withContainer(
      '{name: web, image: web:1, livenessProbe: {httpGet: {path: /, port: 80}}, readinessProbe: {grpc: {port: 80}}, startupProbe: {tcpSocket: {port: http}}}',
    ),
    [],
  ],
  [
    'a probe of nothing',
    withContainer('{name: web, image: web:1, livenessProbe: {periodSeconds: 5}}'),
    ['4: spec.template.spec.containers[0].livenessProbe has none of exec, httpGet, tcpSocket, grpc, of which one is required'],
  ],
  [
    'a probe in two ways',
    withContainer('{name: web, image: web:1, livenessProbe: {httpGet: {path: /, port: 80}, tcpSocket: {port: 80}}}'),
    ['4: spec.template.spec.containers[0].livenessProbe has httpGet and tcpSocket, of which one may be set'],
  ],
  [
    'a probe of a port in quotes',
    withContainer('{name: web, image: web:1, readinessProbe: {httpGet: {path: /, port: "8080"}}}'),
    [
      '4: spec.template.spec.containers[0].readinessProbe.httpGet.port is "8080": a name of a port has 15 lower-case letters, digits and single "-" at most, and a letter [write the number without quotes]',
    ],
  ],
  [
    'a service account that is none',
    deployment(
      `{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {serviceAccountName: Web, containers: [${container}]}}}`,
    ),
    ['4: spec.template.spec.serviceAccountName is "Web", which is no name of a ServiceAccount'],
  ],
  ['a Pod', object('v1', 'Pod', `{containers: [${container}]}`), []],
  ['a Pod without containers', object('v1', 'Pod', '{}'), ['4: spec has no containers, which are required']],
  [
    'a Job without an image',
    object('batch/v1', 'Job', '{template: {spec: {restartPolicy: Never, containers: [{name: a}]}}}'),
    ['4: spec.template.spec.containers[0] has no image, which is required'],
  ],
  [
    'a CronJob without an image',
    object(
      'batch/v1',
      'CronJob',
      '{schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a}]}}}}}',
    ),
    ['4: spec.jobTemplate.spec.template.spec.containers[0] has no image, which is required'],
  ],

  ['a HorizontalPodAutoscaler', scaler(`{${target}, minReplicas: 2, maxReplicas: 5}`), []],
  ['no most replicas', scaler(`{${target}}`), ['4: spec has no maxReplicas, which is required']],
  [
    'the most below the least',
    scaler(`{${target}, minReplicas: 3, maxReplicas: 2}`),
    ['4: spec.maxReplicas is 2, where at least 3 is wanted'],
  ],
  [
    'less than none',
    scaler(`{${target}, minReplicas: -1, maxReplicas: 2}`),
    ['4: spec.minReplicas is -1, where at least 1 is wanted'],
  ],
  [
    'nothing to scale',
    scaler('{scaleTargetRef: {apiVersion: apps/v1, kind: Deployment}, maxReplicas: 2}'),
    ['4: spec.scaleTargetRef has no name, which is required'],
  ],
  ['a PodDisruptionBudget', budget('minAvailable: 50%'), []],
  [
    'two limits',
    budget('minAvailable: 1, maxUnavailable: 1'),
    ['4: spec has minAvailable and maxUnavailable, of which one may be set'],
  ],
  [
    'more than all',
    budget('maxUnavailable: 120%'),
    ['4: spec.maxUnavailable is "120%", where a number or up to "100%" is wanted'],
  ],
  ['a number in quotes', budget('minAvailable: "1"'), ['4: spec.minAvailable is "1", where a number or up to "100%" is wanted']],
];
