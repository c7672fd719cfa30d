import path from 'node:path';
import { cacheFolder } from './setup/cache';
import { fetchControllerCrds } from './setup/controller-crds';
import { fetchCrds } from './setup/crds';
import { fetchEnvoy } from './setup/envoy';
import { goBuild, goComponents } from './setup/go';
import { fetchIstioManifests } from './setup/istio-manifests';
import { fetchIstioTests } from './setup/istio-tests';
import { elapsed } from './setup/progress';
import { requireTools } from './setup/tools';

/** The real components, as paths of what can be run (or read: the CRDs). */
export interface Components {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  /** Istio's command line. */
  readonly istioctl: string;
  /** Istio's analyzers, in process. */
  readonly analyze: string;
  /** What Istio's validating webhook says. */
  readonly validate: string;
  /** istiod's xDS for a mesh, in memory. */
  readonly oracle: string;
  /** istiod itself, which reads a cluster. */
  readonly istiod: string;
  /** What is between an Envoy of ours and istiod. */
  readonly agent: string;
  readonly envoy: string;
  /** Envoy's ratelimit service. */
  readonly ratelimit: string;
  /** A Redis in memory, at the address that it is given. */
  readonly redis: string;
  /** Istio's CRDs, one YAML file. */
  readonly crds: string;
  /** CRDs of the controllers that releases are left to, one YAML file. */
  readonly controllerCrds: string;
  /** Files of Istio's own tests, where they lie in its Go module. */
  readonly istioTests: string;
  /** Istio's samples and the test data of its analyzers, where they lie in its Go module. */
  readonly istioManifests: string;
}

/**
 * Has every real component: from the cache, or built and downloaded into it. What is there is not made again, and a run that was
 * cut off goes on where it stopped. Throws with a remedy when something cannot be had.
 */
export async function setUp(): Promise<Components> {
  const since = Date.now();
  await requireTools();
  const envoy = await fetchEnvoy();
  const crds = await fetchCrds();
  const controllerCrds = await fetchControllerCrds();
  const istioTests = await fetchIstioTests();
  const istioManifests = await fetchIstioManifests();
  const folders = new Map<string, string>();
  for (const component of goComponents) folders.set(component.name, await goBuild(component));
  const at = (component: string, program: string) => path.join(folders.get(component) ?? '', program);
  console.log(`real components ready in ${elapsed(since)} (${cacheFolder()})`);
  return {
    etcd: at('etcd', 'etcd'),
    kubeApiserver: at('kube', 'kube-apiserver'),
    kubectl: at('kubectl', 'kubectl'),
    istioctl: at('istio', 'istioctl'),
    analyze: at('istio', 'analyze'),
    validate: at('istio', 'validate'),
    oracle: at('istio', 'oracle'),
    istiod: at('istio', 'istiod'),
    agent: at('istio', 'agent'),
    envoy,
    ratelimit: at('ratelimit', 'ratelimit'),
    redis: at('ratelimit', 'redis'),
    crds,
    controllerCrds,
    istioTests,
    istioManifests,
  };
}
