import type { ApiServer } from './apiserver';
import type { Istio } from './istio';
import type { Answering } from './recorded-oracle';
import type { Report } from './report';
import type { Components } from './setup';

/** What the tests of the lane get. */
export interface RealContext {
  /** The repository's folder. */
  readonly repository: string;
  /** The real components, as paths. */
  readonly components: Components;
  /** A real kube-apiserver with Istio's CRDs: `apply(objects)`, then `reset()`. Shared by all tests; started when first used. */
  readonly apiserver: ApiServer;
  /** istioctl's analyzers and the webhook's validation, many cases in a call. */
  readonly istio: Istio;
  /** istiod's configuration and a real Envoy: what happens to a request. */
  readonly oracle: Answering;
  /** `--seed`: random tests are the same for the same seed. */
  readonly seed: number;
  /** The same where it is given; otherwise another each time: for what is to be asked anew in every run. */
  readonly freshSeed: number;
  /** `--count`: how many random things to try; undefined: the test's own number. */
  readonly count: number | undefined;
}

/** What a file `test/real/<name>.real.ts` exports. */
export interface RealTest {
  readonly name: string;
  run(context: RealContext, report: Report): Promise<void>;
}
