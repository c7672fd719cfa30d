import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { withCanaries } from '../../src/model/canaries';
import { atStep } from '../../src/model/release-step';

/** The objects of a mesh in one state of its releases. */
export interface ReleaseState {
  /** Empty between releases. */
  readonly id: string;
  readonly objects: readonly any[];
}

const isRelease = (m: Manifest) => m.kind === 'Rollout' || m.kind === 'Canary';
const isControllers = ({ object }: Manifest) => /^(argoproj\.io|flagger\.app)\//.test(String(object.apiVersion));

/** The objects as they are between releases, and at each step of each release that a controller makes, with what it writes. */
export function releaseStates(objects: readonly any[]): readonly ReleaseState[] {
  const place = () => ({ file: 'objects', line: 0, column: 0 });
  const manifests = objects.map((o) => manifestOf(o, place));
  const settled = withCanaries(manifests);
  // istiod knows nothing of the controllers' kinds, and the oracle makes pods of Deployments alone
  const podsOf = (o: any) => (o.kind === 'ReplicaSet' ? { ...o, kind: 'Deployment' } : o);
  const plain = (list: readonly Manifest[]) => list.filter((m) => !isControllers(m)).map((m) => podsOf(m.object));
  const states: ReleaseState[] = [{ id: '', objects: plain(settled) }];
  for (const m of manifests.filter(isRelease))
    for (let step = 0; ; step++) {
      let at: readonly Manifest[];
      try {
        at = atStep(settled, `${m.namespace}/${m.name}`, step);
      } catch (e) {
        if (step > 0 && /there is no step/.test((e as Error).message)) break;
        throw e;
      }
      states.push({ id: `-${m.name}-${step}`, objects: plain(at) });
    }
  return states;
}
