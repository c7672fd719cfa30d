import type { KubeObject } from '../manifests';
import { pool } from '../pool';
import type { Client, Content } from './client';
import { Resources } from './resources';

/** What the API server answers to the apply of one object. */
export interface Applied {
  readonly object: KubeObject;
  readonly ok: boolean;
  /** The HTTP status; 0: the object's kind is not known to the server. */
  readonly status: number;
  /** The object as it is stored now, when it was accepted. */
  readonly live?: KubeObject;
  /** The message of the server's Status, when it was refused. */
  readonly message?: string;
  /** The warnings that a user of kubectl would be shown. */
  readonly warnings: readonly string[];
}

/** How `ApiServer.apply` applies. */
export interface ApplyOptions {
  /** Checks everything, stores nothing (but missing namespaces and CRDs). */
  readonly dryRun?: boolean;
}

const FIELD_MANAGER = 'cdk8s-mesh-test';
/** How many requests are under way at the same time. */
export const WIDTH = 8;
/** What must be there before the objects in it. */
const FIRST: readonly string[] = ['Namespace', 'CustomResourceDefinition'];

/** Objects on one running API server: applies them, knows what it applied, deletes it again. */
export class Session {
  readonly #client: Client;
  readonly #resources: Resources;
  readonly #applied = new Map<string, KubeObject>();

  constructor(client: Client) {
    this.#client = client;
    this.#resources = new Resources(client);
  }

  /**
   * Server-side apply with `fieldValidation=Strict`: namespaces and CRDs first, then the rest, several at a time. Namespaces that
   * the objects are in but that are not among them are made, as somebody else's would be. Results are in the order of the objects.
   */
  async apply(objects: readonly KubeObject[], options: ApplyOptions = {}): Promise<Applied[]> {
    await this.#makeNamespaces(objects);
    const results = new Map<KubeObject, Applied>();
    const isFirst = (object: KubeObject) => FIRST.includes(object.kind);
    for (const group of [objects.filter(isFirst), objects.filter((object) => !isFirst(object))]) {
      await pool(WIDTH, group, async (object) => {
        results.set(object, await this.#applyOne(object, options.dryRun === true && !isFirst(object)));
      });
      await this.#established(group);
    }
    return objects.map((object) => results.get(object) as Applied);
  }

  /** Deletes everything that was applied, but namespaces and CRDs. */
  async reset(): Promise<void> {
    const paths = [...this.#applied].filter(([, object]) => !FIRST.includes(object.kind)).map(([path]) => path);
    const background: Content = {
      type: 'application/json',
      value: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
    };
    await pool(WIDTH, paths, async (path) => {
      const { status, body } = await this.#client.send('DELETE', path, background);
      if (status !== 404 && status >= 300) throw new Error(`cannot delete ${path}: ${status} ${JSON.stringify(body)}`);
      this.#applied.delete(path);
    });
  }

  async #applyOne(object: KubeObject, dryRun: boolean): Promise<Applied> {
    const path = await this.#resources.path(object);
    if (!path) {
      const message = `the server has no kind "${object.kind}" in "${object.apiVersion}"`;
      return { object, ok: false, status: 0, message, warnings: [] };
    }
    const query = `fieldManager=${FIELD_MANAGER}&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    const { status, body, warnings } = await this.#client.send('PATCH', `${path}?${query}`, {
      type: 'application/apply-patch+yaml',
      value: object,
    });
    if (status < 300) {
      if (!dryRun) this.#applied.set(path, object);
      return { object, ok: true, status, live: body as KubeObject, warnings };
    }
    const { message = JSON.stringify(body) } = body as { message?: string };
    return { object, ok: false, status, message, warnings };
  }

  async #makeNamespaces(objects: readonly KubeObject[]): Promise<void> {
    const given = new Set(objects.filter((object) => object.kind === 'Namespace').map((object) => object.metadata.name));
    const used = new Set(objects.flatMap((object) => object.metadata.namespace ?? []));
    await pool(
      WIDTH,
      [...used].filter((name) => !given.has(name)),
      async (name) => {
        const { status } = await this.#client.send('GET', `/api/v1/namespaces/${encodeURIComponent(name)}`);
        if (status === 404) await this.#applyOne({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, false);
      },
    );
  }

  async #established(objects: readonly KubeObject[]): Promise<void> {
    const crds = objects.filter((object) => object.kind === 'CustomResourceDefinition');
    await pool(WIDTH, crds, async ({ metadata: { name } }) => {
      for (const deadline = Date.now() + 60_000; ; ) {
        const { body } = await this.#client.send('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
        const { status } = body as { status?: { conditions?: { type: string; status: string }[] } };
        if (status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True')) return;
        if (Date.now() > deadline) throw new Error(`the CRD "${name}" is not established after a minute`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
  }
}
