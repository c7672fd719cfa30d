import type { Config } from '../model/config';
import { podsOf } from './analyzed-pods';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { at } from './fields';
import { KNOWN_ANNOTATIONS, type KnownAnnotation } from './known-annotations';
import type { At } from './rule';

/** An annotation of Istio's, as an object has it. */
export interface WrittenAnnotation {
  readonly name: string;
  readonly value: string;
  /** What the object is that has it: of a template, a Pod. */
  readonly kind: 'Namespace' | 'Service' | 'Pod' | 'Deployment';
  readonly labels: Readonly<Record<string, string>>;
  readonly known: KnownAnnotation | undefined;
  readonly at: At;
}

/** Set by Istio's own controllers. Source: analyzers/maturity/maturity.go, AlwaysIgnoredAnnotations. */
const OF_CONTROLLERS = new Set(['sidecar.istio.io/status', 'gateway.istio.io/controller-version', 'istio.io/rev']);
const INGRESS = 'kubernetes.io/ingress.class';

const isIstios = (name: string) => name === INGRESS || name.split('/')[0]!.endsWith('istio.io');

/** Istio's annotations of the objects that istioctl looks at. Source: analyzers/annotations/annotations.go. */
export const writtenAnnotations: (mesh: CheckedMesh) => readonly WrittenAnnotation[] = ofMesh((mesh) => {
  const out: WrittenAnnotation[] = [];
  const add = (
    kind: WrittenAnnotation['kind'],
    config: Config,
    annotations: Readonly<Record<string, string>>,
    labels: Readonly<Record<string, string>>,
    path: readonly string[],
  ) => {
    for (const [name, value] of Object.entries(annotations))
      if (isIstios(name) && !OF_CONTROLLERS.has(name))
        out.push({
          name,
          value,
          kind,
          labels,
          known: Object.hasOwn(KNOWN_ANNOTATIONS, name) ? KNOWN_ANNOTATIONS[name] : undefined,
          at: at(config, ...path, 'metadata', 'annotations', name),
        });
  };
  for (const [key, kind] of [
    ['Namespace', 'Namespace'],
    ['Service', 'Service'],
    ['apps/Deployment', 'Deployment'],
  ] as const)
    for (const c of mesh.of(key)) add(kind, c, c.manifest.annotations, c.manifest.labels, []);
  for (const p of podsOf(mesh).all) if (p.owner) add('Pod', p.owner, p.annotations, p.labels, p.path as readonly string[]);
  return out;
});

/** Whether it may be on such an object. */
export const isPlaced = ({ known, kind }: WrittenAnnotation): boolean =>
  known === undefined || known.kinds.includes('Any') || known.kinds.includes(kind);
