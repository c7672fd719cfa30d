import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Dice } from '../trace/dice';
import { baseMesh } from './base-mesh';
import { type Compared, objectsOf } from './compare';
import { MESH_CONFIGS, MUTATIONS } from './mutations';

type Obj = Record<string, any>;

/** Kinds that are in no namespace. */
const CLUSTER =
  /^(Namespace|Node|ClusterRole|ClusterRoleBinding|PersistentVolume|StorageClass|GatewayClass|CustomResourceDefinition|\w*WebhookConfiguration|\w*Class)$/;

const inNamespace = (o: Obj): Obj =>
  CLUSTER.test(o.kind) || o.metadata.namespace ? o : { ...o, metadata: { ...o.metadata, namespace: 'default' } };

/** Meshes that random cases are made of: our examples', Istio's samples, and what Istio's own cases are about. */
export function seedMeshes(repository: string, istioManifests: string): Obj[][] {
  const files = [path.join(repository, 'dist'), path.join(istioManifests, 'samples'), path.join(istioManifests, 'pkg')].flatMap(
    (folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((f) => f.endsWith('.yaml'))
        .sort()
        .map((f) => path.join(folder, f)),
  );
  return files
    .map((f) => readFileSync(f, 'utf8'))
    .filter((text) => text.length < 40_000 && !text.includes('{{'))
    .map((text) => {
      try {
        return objectsOf(text).filter((o) => typeof o.apiVersion === 'string' && typeof o.kind === 'string' && o.metadata?.name);
      } catch {
        return [];
      }
    })
    .filter((objects) => objects.length > 0 && objects.length < 60)
    .map((objects) => objects.map(inNamespace));
}

/** A mesh that was right, more or less, before some of it was changed. */
export function randomCase(seed: number, seeds: readonly Obj[][]): Compared {
  const dice = new Dice(seed);
  const parts = dice.chance(0.7) ? [baseMesh(dice)] : [];
  if (parts.length === 0 || dice.chance(0.3)) parts.push(structuredClone(dice.pick(seeds)));
  if (dice.chance(0.1)) parts.push(structuredClone(dice.pick(seeds)));
  const objects = parts.flat();
  const names = Object.keys(MUTATIONS);
  for (let i = dice.int(1, 10); i > 0; i--) MUTATIONS[dice.chance(0.3) ? 'special' : dice.pick(names)]!(objects, dice);
  const meshConfig = dice.chance(0.2) ? dice.pick(MESH_CONFIGS) : undefined;
  return { id: `a${seed}`, yaml: yamlOf(objects), ...(meshConfig === undefined ? {} : { meshConfig }) };
}

/** Kinds whose Pods, which are made for the analyzers, have their names. */
const WORKLOAD = /^(Deployment|StatefulSet|DaemonSet|Job)$/;

/** Of objects with the same kind and name the last is kept, as in the API server; of workloads with the same name, too. */
export function yamlOf(objects: readonly Obj[]): string {
  const kindOf = (o: Obj) => (WORKLOAD.test(o.kind) ? 'workload' : o.kind);
  const byName = new Map(objects.map((o) => [`${kindOf(o)} ${o.metadata?.namespace ?? ''}/${o.metadata?.name}`, o]));
  return [...byName.values()].map((o) => JSON.stringify(o)).join('\n---\n');
}
