import { setTimeout as pause } from 'node:timers/promises';
import { endAll } from '../apply/lab';
import type { TestServer } from '../apply/server';
import { removeTemporaryFolder, temporaryFolder } from '../processes';
import { Istiod } from './istiod';
import { addressOf, type Pod, type Pods } from './pods';
import { Sidecar } from './sidecar';

const POLL_MS = 200;
/** So long pods that go have time for their last requests, once no proxy sends them new ones. */
const LAST_MS = 1_000;
const SYNC_MS = 120_000;

/** The programs that it is made of. */
export interface Programs {
  readonly istiod: string;
  readonly agent: string;
  readonly envoy: string;
}

/** Two istiods on one API server, each with one sidecar: the first hears at once, the second late. */
export class ControlPlane {
  readonly #stop = new AbortController();
  readonly istiods: Istiod[] = [];
  readonly sidecars: Sidecar[] = [];
  #ending: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(
    private readonly pods: Pods,
    private readonly folder: string,
  ) {}

  static async start(
    server: TestServer,
    pods: Pods,
    namespace: string,
    programs: Programs,
    lateMs: number,
  ): Promise<ControlPlane> {
    const folder = await temporaryFolder('traffic');
    const made = new ControlPlane(pods, folder);
    const each = async (name: string, lateMs: number) => {
      const kubeconfig = server.kubeconfig();
      const istiod = await Istiod.start({ program: programs.istiod, kubeconfig, name: `istiod-${name}`, namespace, folder });
      made.istiods.push(istiod);
      made.sidecars.push(await Sidecar.start({ name, namespace, ip: pods.address(), istiod, lateMs, programs, folder }));
    };
    try {
      await each('prompt', 0);
      await each('late', lateMs);
    } catch (error) {
      await made.stop();
      throw error;
    }
    made.#ending = made.#endPods().catch((error) => {
      made.#failure ??= error;
    });
    return made;
  }

  /** Ends it; throws what went wrong meanwhile. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ending;
    await endAll([...this.sidecars, ...this.istiods].map((each) => () => each.stop()));
    removeTemporaryFolder(this.folder);
    if (this.#failure) throw this.#failure;
  }

  /** Until istiod has sent nothing for a while, and both sidecars have taken all. */
  async synced(quietMs: number): Promise<void> {
    let [since, before] = [Date.now(), ''];
    for (const deadline = Date.now() + SYNC_MS; Date.now() - since < quietMs; await pause(POLL_MS)) {
      const refused = this.sidecars.flatMap((s) => s.refused);
      if (refused.length > 0) throw new Error(`Envoy does not take what istiod sends: ${refused.slice(0, 3).join('; ')}`);
      if (this.#failure) throw this.#failure;
      const all = (await Promise.all(this.istiods.map((istiod) => istiod.syncz()))).flat();
      const now = JSON.stringify(all);
      if (Date.now() > deadline) throw new Error(`the sidecars are not in step: ${now}`);
      const types = all.flatMap((s) => Object.values(s.resources as Record<string, { sent?: string; acked?: string }>));
      if (all.length < 2 || now !== before || types.some((t) => t.sent !== t.acked)) since = Date.now();
      before = now;
    }
  }

  /** Ends pods that have left once no Envoy sends them requests. */
  async #endPods(): Promise<void> {
    let free: readonly Pod[] = [];
    for (; !this.#stop.signal.aborted; await pause(LAST_MS)) {
      await this.pods.end(free);
      const known = await Promise.all(this.sidecars.map((s) => s.endpoints()));
      free = this.pods.leaving().filter((pod) => known.every((of) => !of.has(addressOf(pod))));
    }
  }
}
