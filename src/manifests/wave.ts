import type { Manifest } from './manifest';

/** Argo CD's annotation: objects of a lower number are written, and healthy, before those of a higher one. */
export const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';

type Facts = Pick<Manifest, 'group' | 'kind' | 'object'>;

/** Waves in the order in which they are written; see {@link waveOf}. */
export const WAVES = ['namespaces', 'named', 'denials', 'workloads', 'delegates', 'routes'] as const;

/** Name of a wave. */
export type Wave = (typeof WAVES)[number];

/**
 * The wave in which an object is written, so that what it refers to is there before it: namespaces; what others name
 * (accounts, configuration, hosts) and what says who may; what shuts everybody else out, before the workloads that it
 * guards; workloads, subsets, gateways and Sidecars; delegates; routes.
 */
export function waveOf(m: Facts): Wave {
  const wave = BY_KIND[`${m.group}/${m.kind}`] ?? BY_GROUP[m.group] ?? 'workloads';
  return typeof wave === 'function' ? wave(m.object.spec ?? {}) : wave;
}

/** The number that the annotation of an object says; of one without it, that of its kind. */
export const syncWaveOf = (m: Annotated): number => saidBy(m) ?? WAVES.indexOf(waveOf(m));

/**
 * In which wave each object of a state is written. Where some have the annotation, those without it are of wave 0, as Argo CD has it; where
 * none has it, what writes them is to keep the order of their kinds.
 */
export function syncWavesIn(state: readonly Annotated[]): (m: Annotated) => number {
  return state.some(isWaved) ? (m) => saidBy(m) ?? 0 : syncWaveOf;
}

/** Whether an object has the annotation. */
export const isWaved = (m: Annotated): boolean => SYNC_WAVE in m.annotations;

/** What the annotation of an object says where Argo CD cannot read it: it takes the object for one without. Source: Argo's gitops-engine, syncwaves.Wave. */
export const unreadWave = (m: Annotated): string | undefined =>
  isWaved(m) && saidBy(m) === undefined ? m.annotations[SYNC_WAVE] : undefined;

type Annotated = Facts & Pick<Manifest, 'annotations'>;

function saidBy(m: Annotated): number | undefined {
  const said = m.annotations[SYNC_WAVE];
  return said !== undefined && /^[-+]?\d+$/.test(said) ? Number(said) : undefined;
}

type Spec = Readonly<Record<string, any>>;

const allows = ({ action = 'ALLOW', rules }: Spec): boolean => action === 'ALLOW' && Array.isArray(rules) && rules.length > 0;

/** Controllers that change weights need the routes that they change. */
const BY_KIND: Readonly<Record<string, Wave | ((spec: Spec) => Wave)>> = {
  '/Namespace': 'namespaces',
  'apiextensions.k8s.io/CustomResourceDefinition': 'namespaces',
  '/ServiceAccount': 'named',
  '/Secret': 'named',
  '/ConfigMap': 'named',
  '/PersistentVolumeClaim': 'workloads', // many are bound when a pod uses them, and not healthy before
  '/Service': 'named',
  'networking.istio.io/ServiceEntry': 'named',
  'security.istio.io/RequestAuthentication': 'named',
  'networking.istio.io/VirtualService': ({ hosts }) => (Array.isArray(hosts) && hosts.length > 0 ? 'routes' : 'delegates'),
  'argoproj.io/Rollout': 'routes',
  'flagger.app/Canary': 'routes',
  'security.istio.io/AuthorizationPolicy': (spec) => (allows(spec) ? 'named' : 'denials'),
  'security.istio.io/PeerAuthentication': 'named',
};

const BY_GROUP: Readonly<Record<string, Wave>> = { 'rbac.authorization.k8s.io': 'named' };
