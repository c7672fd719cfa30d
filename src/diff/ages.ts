import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { type MeshModel, NEW } from '../model/mesh-model';

/** Groups in which age decides between objects; of the core group, Services. */
const AGED = /^(networking|security|extensions|telemetry)\.istio\.io$/;
const isAged = ({ group, kind }: Manifest) => AGED.test(group) || (group === '' && kind === 'Service');

/**
 * Two states of a mesh with the ages that objects have when one becomes the other: what both have keeps its age, whichever of them
 * says it, and what the new state alone has, and says no age, is younger than all that was there.
 */
export function aligned(old: MeshModel, now: MeshModel): readonly [MeshModel, MeshModel] {
  const before = new Map(old.objects.filter((c) => isAged(c.manifest)).map((c) => [keyOf(c.manifest), c.manifest]));
  const [then, after] = [new Map<Manifest, number>(), new Map<Manifest, number>()];
  for (const { manifest: m } of now.objects) {
    if (!isAged(m)) continue;
    const was = before.get(keyOf(m));
    if (!was) {
      if (m.created === undefined) after.set(m, NEW);
    } else if (m.created === undefined && was.created !== undefined) after.set(m, was.created);
    else if (m.created !== undefined && was.created === undefined) then.set(was, m.created);
  }
  return [old.withAges(then), now.withAges(after)];
}
