import { type Config, keyOf } from '../../model/config';
import type { Rule } from '../rule';
import { isSameObject } from '../same-object';

/** Two WorkloadGroups of a namespace have the same labels. */
export const workloadGroupsSameLabels: Rule = {
  id: 'MESH091',
  name: 'workload-groups-same-labels',
  severity: 'warning',
  codes: ['KIA1702'],
  summary: 'two WorkloadGroups of a namespace have the same labels',
  why: 'Services and policies choose machines by the labels of their group, so the two cannot be told apart: what is meant for one is for both. Source: pilot/pkg/autoregistration/controller.go.',
  remedy: 'Give one of the two a label that the other has not.',
  *check(mesh) {
    const first = new Map<string, Config>();
    for (const config of mesh.of('WorkloadGroup')) {
      const { spec, namespace, manifest } = config;
      const labels = Object.entries(spec.metadata?.labels ?? {}).sort();
      if (labels.length === 0) continue;
      const key = JSON.stringify([namespace, labels]);
      const known = first.get(key);
      if (!known) {
        first.set(key, config);
        continue;
      }
      if (isSameObject(known, config)) continue;
      yield {
        at: { manifest, path: ['spec', 'metadata', 'labels'] },
        message: `WorkloadGroup "${keyOf(known)}" has the same labels, so the two cannot be told apart`,
        hint: 'add a label that only this group has',
        related: [{ at: { manifest: known.manifest, path: ['spec', 'metadata', 'labels'] }, message: 'the same labels' }],
      };
    }
  },
};
