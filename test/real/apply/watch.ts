import { Agent, request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { Access } from '../apiserver/client';
import type { KubeObject } from '../manifests';

/** One change of an object, as the API server tells it. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  /** The revision of the whole store at which it happened; of a deletion, that of the deletion. */
  readonly revision: number;
}

/** How a kind is watched. */
export interface WatchOptions {
  readonly access: Access;
  /** Path of the list: `/apis/apps/v1/deployments`. */
  readonly path: string;
  readonly onEvent: (event: WatchEvent) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What is there when a watch begins. */
export interface Watching {
  readonly items: readonly KubeObject[];
  readonly revision: number;
  /** Resolves when the watch has ended; rejects when it can no more tell everything. */
  readonly ended: Promise<void>;
}

const RETRY_MS = 100;
/** On a machine that has much else to do a server takes that long to have read its store. */
const LISTED_MS = 180_000;

/** Lists a kind and tells every change from then on, through any number of broken connections, none left out and none twice. */
export async function watch(options: WatchOptions): Promise<Watching> {
  const list = await listed(options.access, options.path);
  let revision = Number(list.metadata.resourceVersion);
  const { apiVersion, kind } = { apiVersion: list.apiVersion, kind: String(list.kind).replace(/List$/, '') };
  const follow = async () => {
    while (!options.signal.aborted) {
      await stream(options, revision, (event) => {
        revision = Math.max(revision, event.revision);
        if (event.type !== ('BOOKMARK' as string)) options.onEvent(event);
      });
      // the server is gone, or ended the watch: go on after what was told last
      await pause(RETRY_MS, undefined, { signal: options.signal }).catch(() => {});
    }
  };
  return { items: list.items.map((o: object) => ({ apiVersion, kind, ...o })), revision, ended: follow() };
}

/** A server that has just started, or a kind whose definition came just now, may have nothing to tell yet. */
async function listed(access: Access, path: string): Promise<any> {
  for (const deadline = Date.now() + LISTED_MS; ; ) {
    const { status, text } = await get(access, path);
    if (status === 200) return JSON.parse(text);
    if (status !== 429 || Date.now() > deadline) throw new Error(`GET ${path}: ${status} ${text}`);
    await pause(1000);
  }
}

function get({ port, token, ca }: Access, path: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const sent = request({ host: '127.0.0.1', port, path, headers, ca, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.once('error', reject);
    sent.end();
  });
}

/** One connection's worth of a watch: returns when it is over, and throws when something was missed. */
function stream({ access, path, signal }: WatchOptions, revision: number, onEvent: (event: WatchEvent) => void): Promise<void> {
  const { port, token, ca } = access;
  const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${revision}`;
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const agent = new Agent({ ca });
  return new Promise((resolve, reject) => {
    const over = () => {
      agent.destroy();
      resolve();
    };
    const sent = request({ host: '127.0.0.1', port, path: `${path}?${query}`, headers, agent, signal }, (response) => {
      if (response.statusCode === 410) return reject(new Error(`the watch of ${path} missed something: 410`));
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (response.statusCode !== 200) return;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const { type, object } = JSON.parse(line);
          if (type === 'ERROR') {
            if (object.code === 410) reject(new Error(`the watch of ${path} missed something: ${object.message}`));
            sent.destroy();
            return;
          }
          onEvent({ type, object, revision: Number(object.metadata.resourceVersion) });
        }
      });
      response.once('error', over);
      response.once('close', over);
    });
    sent.once('error', over);
    sent.end();
  });
}
