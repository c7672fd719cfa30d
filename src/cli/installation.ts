import { readFileSync } from 'node:fs';
import type { Manifest } from '../manifests/manifest';
import { meshConfigFields, meshConfigIn } from '../manifests/mesh-config-map';
import type { ModelOptions } from '../model/mesh-model';
import { fileNamed } from './manifests-of';
import { Failure } from './output';

/** What is true of the installation, and in no manifest. */
export interface Installation {
  /** A file with MeshConfig, or the ConfigMap `istio`. @default - the ConfigMap `istio` of the manifests, or Istio's defaults */
  readonly meshConfig?: string | undefined;
  /** Suffix of services' names. @default 'cluster.local' */
  readonly clusterDomain?: string | undefined;
  /** Where objects are that say no namespace. @default - not known: they count as of `default` */
  readonly namespace?: string | undefined;
}

/** As the model takes them; what no file says is read off the manifests. */
export function installationOptions({ meshConfig, clusterDomain }: Installation, manifests: readonly Manifest[]): ModelOptions {
  const settings = meshConfig === undefined ? failing(() => meshConfigIn(manifests)) : readMeshConfig(meshConfig);
  return {
    ...(settings === undefined ? {} : { meshConfig: settings }),
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
  };
}

/** MeshConfig itself, or the ConfigMap `istio` that holds it. */
function readMeshConfig(file: string): Readonly<Record<string, unknown>> {
  const text = readFileSync(fileNamed(file), 'utf8');
  return failing(() => {
    const given = meshConfigFields(text, `"${file}"`);
    const inside = given.data as { mesh?: string } | undefined;
    return given.kind === 'ConfigMap' ? meshConfigFields(inside?.mesh ?? '', `"${file}"`) : given;
  });
}

function failing<T>(f: () => T): T {
  try {
    return f();
  } catch (e) {
    throw new Failure((e as Error).message);
  }
}
