import { applyPlan, Cluster, plan, type Status, status } from '../../../src/apply';
import { manifestOf } from '../../../src/manifests/manifest';
import type { RealContext } from '../lane';
import type { KubeObject } from '../manifests';
import { expectNone } from '../report';
import { Controllers } from './controllers';
import { MeshProcess, type MeshResult, type MeshOptions as Options } from './mesh';
import { FaultProxy } from './proxy';
import { TestServer } from './server';
import { type Log, WatchLog } from './watch-log';

/** How `mesh` is run. */
export interface MeshOptions extends Options {
  /** Whose rights it has. @default 'admin' */
  readonly user?: string;
  /** The way to the server. @default the lab's own proxy */
  readonly proxy?: FaultProxy;
}

/** What `mesh apply --json` said. */
export interface Applied extends MeshResult {
  /** Its events, in order. */
  readonly events: readonly any[];
  /** The last of them. */
  readonly result: any;
}

/** What a command with `--json` said. */
export interface MeshJson extends MeshResult {
  readonly json: any;
}

/** The tests' barrier: real ones are of seconds. */
export const BARRIER = 1_000;
const QUICK = ['--barrier', `${BARRIER}ms`];

/** Reads what was said, as far as it is JSON. */
export function appliedOf(ended: MeshResult): Applied {
  const events = ended.stdout.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return []; // a refusal is one document of several lines, or the run was killed within one
    }
  });
  return { ...ended, events, result: events.findLast((e) => e?.type === 'result') };
}

const manifests = (objects: readonly KubeObject[]) =>
  objects.map((o) => manifestOf(o, () => ({ file: 'test', line: 0, column: 0 })));

const withJson = (ended: MeshResult): MeshJson => {
  try {
    return { ...ended, json: JSON.parse(ended.stdout) };
  } catch {
    return { ...ended, json: undefined };
  }
};

/** Ends all of them, also when one does not end as it should: the process would not. Throws what went wrong first. */
export async function endAll(ends: readonly (() => Promise<void> | undefined)[]): Promise<void> {
  const failed: unknown[] = [];
  for (const end of ends) await end()?.catch((error) => failed.push(error));
  if (failed.length > 0) throw failed[0];
}

/** A server of the tests' own, with what stands around it. */
export class Lab {
  #namespaces = 0;

  private constructor(
    readonly repository: string,
    readonly seed: number,
    readonly server: TestServer,
    readonly controllers: Controllers,
    readonly proxy: FaultProxy,
    /** CRDs of the controllers that releases are left to, one YAML file. */
    readonly controllerCrds: string,
  ) {}

  static async start({ components, repository, seed }: RealContext): Promise<Lab> {
    const server = await TestServer.start(components);
    try {
      const [controllers, proxy] = [await Controllers.start(server), await FaultProxy.start(server)];
      return new Lab(repository, seed, server, controllers, proxy, components.controllerCrds);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await endAll([() => this.proxy.stop(), () => this.controllers.stop(), () => this.server.stop()]);
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

  /** `mesh apply --yes --json` of some objects as a set of its own, in the namespace `default`. */
  async apply(
    set: string,
    objects: readonly unknown[],
    args: readonly string[] = [],
    options: MeshOptions = {},
  ): Promise<Applied> {
    return appliedOf(await this.startApply(set, objects, args, options).ended);
  }

  /** As `apply`, for tests that do something to it on its way. */
  startApply(set: string, objects: readonly unknown[], args: readonly string[] = [], options: MeshOptions = {}): MeshProcess {
    const file = this.server.yaml(objects);
    const barrier = args.includes('--barrier') ? [] : QUICK;
    return this.startMesh(['apply', file, '--set', `default/${set}`, '--yes', '--json', ...barrier, ...args], options);
  }

  /** What was applied before a test begins: by the same engine, in this process, which is quicker. */
  async install(set: string, objects: readonly KubeObject[]): Promise<void> {
    await this.#within(async (cluster) => {
      const made = await plan(cluster, manifests(objects), { set: { namespace: 'default', name: set } });
      const refused = made.refusals.map((r) => `${r.what}: ${r.message}`);
      const { failed } = await applyPlan(cluster, made, { version: '0', barrier: 0 });
      expectNone('it cannot be installed', [...refused, ...failed.map((x) => `${x.object}: ${x.message}`)]);
    });
  }

  /** What the server says in a dry run that it would make of each object that changes. */
  predict(set: string, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
    return this.#within(async (cluster) => {
      const made = await plan(cluster, manifests(objects), { set: { namespace: 'default', name: set }, verify: true });
      return made.objects.flatMap((p) => (p.result ? [p.result as unknown as KubeObject] : []));
    });
  }

  /** What `mesh status` tells, in this process. */
  inspect(set: string, objects: readonly KubeObject[]): Promise<Status> {
    return this.#within((cluster) => status(cluster, manifests(objects), { set: { namespace: 'default', name: set } }));
  }

  async #within<T>(act: (cluster: Cluster) => Promise<T>): Promise<T> {
    const cluster = await Cluster.of({ kubeconfig: this.server.kubeconfig() });
    try {
      return await act(cluster);
    } finally {
      await cluster.close();
    }
  }

  /** `mesh plan --json`. */
  async plan(
    set: string,
    objects: readonly unknown[],
    args: readonly string[] = [],
    options: MeshOptions = {},
  ): Promise<MeshJson> {
    const file = this.server.yaml(objects);
    return withJson(await this.mesh(['plan', file, '--set', `default/${set}`, '--json', ...args], options));
  }

  /** `mesh status --json`. */
  async status(
    set: string,
    objects: readonly unknown[],
    args: readonly string[] = [],
    options: MeshOptions = {},
  ): Promise<MeshJson> {
    const file = this.server.yaml(objects);
    return withJson(await this.mesh(['status', file, '--set', `default/${set}`, '--json', ...args], options));
  }

  /** Runs `mesh`, as a user does, to its end; through the proxy. */
  mesh(args: readonly string[], options: MeshOptions = {}): Promise<MeshResult> {
    return this.startMesh(args, options).ended;
  }

  /** Starts `mesh`, for tests that do something to it on its way. */
  startMesh(args: readonly string[], { user, proxy = this.proxy, ...options }: MeshOptions = {}): MeshProcess {
    return new MeshProcess(this.repository, [...args, '--kubeconfig', proxy.kubeconfig(user)], options);
  }

  /** Runs `mesh` with a kubeconfig of the test's own. */
  run(args: readonly string[]): Promise<MeshResult> {
    return new MeshProcess(this.repository, args).ended;
  }
}
