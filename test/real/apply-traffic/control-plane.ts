import { setTimeout as pause } from 'node:timers/promises';
import { removeTemporaryFolder, temporaryFolder } from '../processes';
import { Istiod } from './istiod';
import type { LiveMesh } from './live-mesh';
import { Sidecar } from './sidecar';

/** So long istiod waits for further changes. Source: PILOT_DEBOUNCE_AFTER. */
const DEBOUNCE_MS = 100;
const POLL_MS = 50;
/** So long pods that go have time for their last requests, once no proxy sends them new ones. */
const LAST_MS = 1_000;
const SYNC_MS = 120_000;

/** Sends what istiod says to sidecars whenever the mesh changes: to the first at once, to the second late. */
export class ControlPlane {
  readonly #stop = new AbortController();
  readonly #istiod: Istiod;
  #sent = 0;
  #loop: Promise<void> = Promise.resolve();
  #failure: unknown;
  #queues: Promise<void>[] = [];
  readonly sidecars: Sidecar[] = [];

  private constructor(
    private readonly mesh: LiveMesh,
    private readonly folder: string,
    private readonly lateMs: number,
    oracle: string,
  ) {
    this.#istiod = new Istiod(oracle);
  }

  static async start(
    mesh: LiveMesh,
    programs: { readonly oracle: string; readonly envoy: string },
    lateMs: number,
  ): Promise<ControlPlane> {
    const made = new ControlPlane(mesh, await temporaryFolder('traffic'), lateMs, programs.oracle);
    try {
      const version = mesh.version;
      const xds = await made.#configuration();
      const portOf = (ip: string) => mesh.pods.portOf(ip);
      for (const name of ['prompt', 'late'])
        made.sidecars.push(await Sidecar.start({ name, program: programs.envoy, folder: made.folder, portOf }, xds, version));
      made.#sent = version;
    } catch (error) {
      await made.stop();
      throw error;
    }
    made.#queues = made.sidecars.map(() => Promise.resolve());
    made.#loop = made.#run().catch((error) => {
      made.#failure ??= error;
    });
    return made;
  }

  /** Ends it; throws what went wrong meanwhile. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#loop, ...this.#queues]);
    await this.#istiod.stop();
    for (const sidecar of this.sidecars) await sidecar.stop();
    removeTemporaryFolder(this.folder);
    if (this.#failure) throw this.#failure;
  }

  /** What istiod says of how far its proxies are. Source: istio, pilot/pkg/xds/debug.go, /debug/syncz. */
  syncz(): { readonly proxy: string; readonly cluster_sent: string; readonly cluster_acked: string }[] {
    return this.sidecars.map(({ name, version }) => ({
      proxy: `${name}.${this.mesh.namespace}`,
      cluster_sent: String(this.mesh.version),
      cluster_acked: String(version),
    }));
  }

  /** Until both sidecars know of all that there is, and nothing changes any more. */
  async synced(quietMs: number): Promise<void> {
    let since = Date.now();
    for (const deadline = Date.now() + SYNC_MS; Date.now() - since < quietMs; await pause(POLL_MS)) {
      if (this.#failure) throw this.#failure;
      if (Date.now() > deadline) throw new Error(`the sidecars are not in step: ${JSON.stringify(this.syncz())}`);
      if (!this.sidecars.every(({ version }) => version === this.mesh.version)) since = Date.now();
    }
  }

  #configuration() {
    return this.#istiod.send(this.mesh.objects, {
      kind: 'sidecar',
      name: 'client',
      namespace: this.mesh.namespace,
      labels: { app: 'client' },
    });
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.mesh.version === this.#sent) {
        await pause(POLL_MS);
        continue;
      }
      await pause(DEBOUNCE_MS);
      const { version } = this.mesh;
      const leaving = this.mesh.pods.leaving();
      const xds = await this.#configuration();
      this.#sent = version;
      const ready = Date.now();
      const take = async (sidecar: Sidecar, delay: number) => {
        await pause(Math.max(0, ready + delay - Date.now()));
        await sidecar.take(xds, version);
      };
      this.#queues = this.sidecars.map((sidecar, i) =>
        this.#queues[i]!.then(() => take(sidecar, i * this.lateMs)).catch((error) => {
          this.#failure ??= error;
        }),
      );
      void Promise.all(this.#queues)
        .then(() => pause(LAST_MS))
        .then(() => this.mesh.pods.end(leaving));
    }
  }
}
