import type { RealContext } from '../lane';
import { Controllers } from './controllers';
import { type MeshOptions, MeshProcess, type MeshResult } from './mesh';
import { FaultProxy } from './proxy';
import { TestServer } from './server';
import { type Log, WatchLog } from './watch-log';

/** A server of the tests' own, with what stands around it. */
export class Lab {
  #namespaces = 0;

  private constructor(
    readonly repository: string,
    readonly seed: number,
    readonly server: TestServer,
    readonly controllers: Controllers,
    readonly proxy: FaultProxy,
  ) {}

  static async start({ components, repository, seed }: RealContext): Promise<Lab> {
    const server = await TestServer.start(components);
    try {
      return new Lab(repository, seed, server, await Controllers.start(server), await FaultProxy.start(server));
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const ends = [() => this.proxy.stop(), () => this.controllers.stop(), () => this.server.stop()];
    const failed: unknown[] = [];
    for (const end of ends) await end().catch((error) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  }

  /** A name of a namespace that no test has had: each test has one of its own. */
  namespace(purpose: string): string {
    return `${purpose}-${++this.#namespaces}`;
  }

  /** Watches the mesh while something is done. */
  async record<T>(act: () => Promise<T>): Promise<{ readonly log: Log; readonly result: T }> {
    const watching = await WatchLog.start(this.server);
    const [result, log] = await act().then(
      async (value) => [value, await watching.stop()] as const,
      async (error) => {
        await watching.stop().catch(() => {});
        throw error;
      },
    );
    return { log, result };
  }

  /** Runs `mesh`, as a user does, to its end; through the proxy. */
  mesh(args: readonly string[], options: MeshOptions = {}): Promise<MeshResult> {
    return this.startMesh(args, options).ended;
  }

  /** Starts `mesh`, for tests that do something to it on its way. */
  startMesh(args: readonly string[], { user, ...options }: MeshOptions = {}): MeshProcess {
    return new MeshProcess(this.repository, [...args, '--kubeconfig', this.proxy.kubeconfig(user)], options);
  }
}
