import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SCHEMAS } from '../../../imports/schemas';
import { parseManifests } from '../../../src/manifests/parse';
import { yamlFiles } from '../manifests';

/** An object of an Istio kind. */
export type Seed = Readonly<Record<string, any>>;

/** Where Istio's own objects for its CRDs' rules lie, in the folder of its tests. */
export const CRD_CASES = 'pkg/config/validation/testdata/crds';

/** Objects of Istio's kinds that are right, from our examples, Istio's own tests and `seeds.yaml`, by `group/kind`: what mutations begin with. */
export function seeds(repository: string, istioTests: string): Map<string, Seed[]> {
  const valid = yamlFiles(path.join(istioTests, CRD_CASES)).filter((file) => file.endsWith('-valid.yaml'));
  const byKind = new Map<string, Seed[]>();
  for (const file of [...yamlFiles(path.join(repository, 'dist')), ...valid, path.join(__dirname, 'seeds.yaml')])
    for (const { group, kind, object } of parseManifests(readFileSync(file, 'utf8'), file).manifests) {
      const key = `${group}/${kind}`;
      if (!SCHEMAS[key]) continue;
      byKind.set(key, [...(byKind.get(key) ?? []), object]);
    }
  return byKind;
}
