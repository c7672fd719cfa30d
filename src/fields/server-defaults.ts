/**
 * The parts of Kubernetes' objects as the server writes them, with its defaults and in one form, so that what says the same in
 * two ways is the same. Source: k8s.io/kubernetes, pkg/apis/core/v1/defaults.go and batch/v1/defaults.go.
 */

type Fields = Readonly<Record<string, any>>;

const POD: Fields = {
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
};
const CONTAINER: Fields = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
const PROBE: Fields = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

const each = (all: unknown, of: (item: any) => any): any => (Array.isArray(all) ? all.map(of) : all);
const map = (value: any, of: (value: any) => any): any => (value === undefined || value === null ? value : of(value));

/** A Job's or a workload's template of pods. */
export const podTemplate = ({ metadata = {}, spec = {} }: Fields): Fields => ({
  metadata: { labels: metadata.labels, annotations: metadata.annotations },
  spec: {
    ...POD,
    ...spec,
    // an older name of it
    serviceAccount: undefined,
    serviceAccountName: spec.serviceAccountName ?? spec.serviceAccount,
    containers: each(spec.containers, container),
    initContainers: each(spec.initContainers, container),
    volumes: each(spec.volumes, volume),
  },
});

const container = (c: Fields): Fields => ({
  ...CONTAINER,
  imagePullPolicy: isLatest(String(c.image)) ? 'Always' : 'IfNotPresent',
  ...c,
  resources: map(c.resources, resources),
  ports: each(c.ports, (p) => ({ protocol: 'TCP', ...p })),
  env: each(c.env, (e) => ({
    ...e,
    value: e.value === '' ? undefined : e.value,
    valueFrom: map(e.valueFrom, (v) => ({ ...v, fieldRef: map(v.fieldRef, (f) => ({ apiVersion: 'v1', ...f })) })),
  })),
  ...Object.fromEntries(
    ['livenessProbe', 'readinessProbe', 'startupProbe'].map((name) => [
      name,
      map(c[name], (p) => ({ ...PROBE, ...p, httpGet: http(p.httpGet) })),
    ]),
  ),
});

const http = (get: Fields | undefined): any => map(get, (g) => ({ path: '/', scheme: 'HTTP', ...g }));

/** Whether a tag is `latest`, or left out. */
const isLatest = (image: string): boolean => !image.includes('@') && /^[^:]*(:latest)?$/.test(image.replace(/^.*\//, ''));

const volume = (v: Fields): Fields => {
  const mode = (source: any) => map(source, (s) => ({ defaultMode: 420, ...s }));
  return {
    ...v,
    secret: mode(v.secret),
    configMap: mode(v.configMap),
    projected: mode(v.projected),
    downwardAPI: mode(v.downwardAPI),
  };
};

/** A claim of a volume. */
export const claim = ({ metadata = {}, spec = {} }: Fields): Fields => ({
  metadata: { name: metadata.name, labels: metadata.labels, annotations: metadata.annotations },
  spec: { volumeMode: 'Filesystem', ...spec, resources: map(spec.resources, resources) },
});

/** What is asked for and allowed, as numbers. */
export const resources = (r: Fields): Fields => ({
  ...r,
  limits: map(r.limits, quantities),
  requests: map(r.requests, quantities),
});
const quantities = (all: Fields): Fields => Object.fromEntries(Object.entries(all).map(([name, q]) => [name, quantity(q)]));

const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};
const POWERS = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** `1Gi`, `500m`, `1e3` as a number; what is none as it is. Source: k8s.io/apimachinery, pkg/api/resource/quantity.go. */
export function quantity(text: unknown): unknown {
  const [, number, unit = ''] = /^([-+]?[\d.]+(?:[eE][-+]?\d+)?)([A-Za-z]*)$/.exec(String(text)) ?? [];
  const factor = POWERS.includes(unit) ? 1024 ** (POWERS.indexOf(unit) + 1) : UNITS[unit];
  return number === undefined || factor === undefined || Number.isNaN(Number(number)) ? text : Number(number) * factor;
}
