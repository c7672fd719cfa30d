import type { KubeObject } from '../manifests';
import type { Client } from './client';

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** What the API server serves: from a kind to the path of its objects, by discovery, asked once for each API version. */
export class Resources {
  readonly #client: Client;
  readonly #lists = new Map<string, Promise<readonly Resource[]>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The path of an object; undefined when the server has no such kind. */
  async path(object: KubeObject): Promise<string | undefined> {
    const { apiVersion, kind, metadata } = object;
    const resource = (await this.#list(apiVersion)).find((candidate) => candidate.kind === kind);
    if (!resource) return undefined;
    const namespace = resource.namespaced ? `/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}` : '';
    return `${root(apiVersion)}${namespace}/${resource.name}/${encodeURIComponent(metadata.name)}`;
  }

  #list(apiVersion: string): Promise<readonly Resource[]> {
    let list = this.#lists.get(apiVersion);
    if (!list) {
      list = this.#ask(apiVersion);
      this.#lists.set(apiVersion, list);
    }
    return list;
  }

  async #ask(apiVersion: string): Promise<readonly Resource[]> {
    const reply = await this.#client.send('GET', root(apiVersion));
    if (reply.status !== 200) {
      this.#lists.delete(apiVersion); // a CRD may bring it later
      return [];
    }
    return (reply.body as { resources: Resource[] }).resources.filter((resource) => !resource.name.includes('/'));
  }
}

function root(apiVersion: string): string {
  return `${apiVersion.includes('/') ? '/apis/' : '/api/'}${apiVersion}`;
}
