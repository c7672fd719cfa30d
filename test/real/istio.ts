import { askJsonLines } from './json-lines';
import { type Outcome, run } from './setup/tools';

/** Manifests to put to Istio; `id` must be unique in a call. */
export interface IstioCase {
  readonly id: string;
  readonly yaml: string;
  /** Text of a MeshConfig, for the analyzers. */
  readonly meshConfig?: string;
}

/** A finding of one of istioctl's analyzers. */
export interface Finding {
  /** `IST0101`. */
  readonly code: string;
  readonly level: 'Error' | 'Warning' | 'Info';
  /** `VirtualService shop/reviews`. */
  readonly resource: string;
  readonly message: string;
  /** `mesh.yaml:12`. */
  readonly at?: string;
}

/** What the analyzers say of a case, three ways. */
export interface Analysis {
  readonly id: string;
  /** As the binary does for files: it loads no Service, Namespace or Secret, so it skips 21 analyzers. */
  readonly cli: readonly Finding[];
  /** Every object loaded. */
  readonly full: readonly Finding[];
  /** As `full`, with a Pod for each workload: what a live cluster would get. Compare with this one. */
  readonly pods: readonly Finding[];
  /** Analyzers that fell over, YAML that could not be read. */
  readonly errors?: readonly string[];
}

/** The webhook's answer for one Istio object. */
export interface Verdict {
  /** `VirtualService shop/reviews`. */
  readonly resource: string;
  /** Where it was refused: `decode`, `schema`, `validate` or `fields`. */
  readonly stage?: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** What its CRD says, where `schema` was asked. */
  readonly crd?: readonly string[];
}

/** Istio's own judgement of manifests, without a cluster. */
export class Istio {
  readonly #programs: { readonly analyze: string; readonly validate: string; readonly istioctl: string; readonly crds: string };

  constructor(programs: { analyze: string; validate: string; istioctl: string; crds: string }) {
    this.#programs = programs;
  }

  /** istioctl's analyzers, in process, over many cases at once. In the order of the cases. */
  async analyze(cases: readonly IstioCase[]): Promise<Analysis[]> {
    const answers = await askJsonLines<Analysis>(this.#programs.analyze, [], cases);
    return cases.map(({ id }) => answers.get(id) as Analysis);
  }

  /** The answer of Istio's validating webhook, for each Istio object of each case. In the order of the cases. */
  async validate(cases: readonly IstioCase[]): Promise<Verdict[][]> {
    const answers = await askJsonLines<{ id: string; webhook: Verdict[] }>(
      this.#programs.validate,
      ['-jsonl', '-n', 'default'],
      cases,
    );
    return cases.map(({ id }) => answers.get(id)?.webhook ?? []);
  }

  /**
   * Why the API server would refuse each object by its CRD (structure, unknown fields, CEL), an object a case. In the order of
   * the cases; empty where it would not.
   */
  async schema(cases: readonly IstioCase[]): Promise<(readonly string[])[]> {
    const { validate, crds } = this.#programs;
    const args = ['-jsonl', '-n', 'default', '-crd', crds];
    const answers = await askJsonLines<{ id: string; webhook: Verdict[] }>(validate, args, cases);
    return cases.map(({ id }) => {
      const [verdict] = answers.get(id)?.webhook ?? [];
      if (!verdict) throw new Error(`"${id}" is no object of Istio's`);
      return verdict.crd ?? [];
    });
  }

  /** Runs the real `istioctl`, with no cluster within its reach. */
  istioctl(args: readonly string[]): Promise<Outcome> {
    return run(this.#programs.istioctl, args, { env: { ...process.env, KUBECONFIG: '/dev/null' } });
  }
}
