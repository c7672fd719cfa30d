import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { didYouMean, quoted } from '../values/names';

/** Which cluster is meant. */
export interface ClusterChoice {
  /** A kubeconfig file. @default - `KUBECONFIG`, `~/.kube/config`, or the pod's own service account */
  readonly kubeconfig?: string;
  /** A context of it. @default - its current one */
  readonly context?: string;
}

/** How to reach an API server, and as whom. */
export interface Access {
  /** Name of the context, for people. */
  readonly context: string;
  readonly server: URL;
  /** The namespace of the context. @default 'default' */
  readonly namespace: string;
  /** Credentials, certificates and proxy, of which one agent is made: connections are kept. Asked again when they are out of date. */
  credentials(): Promise<Credentials>;
}

/** What a request needs besides its path. */
export interface Credentials {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

const NONE = 'there is no kubeconfig: set KUBECONFIG, or say --kubeconfig FILE';
const NOBODYS = 'http://localhost:8080';
/** Connections that are kept, at most. */
const SOCKETS = 64;

/**
 * Reads the kubeconfig with Kubernetes' own client, which knows certificates, tokens, OIDC, exec plugins, proxies and pods. Its own
 * requests make an agent each and so a connection each, which is why none is sent with it.
 * @throws when there is no kubeconfig, or no such context in it
 */
export async function accessTo({ kubeconfig, context }: ClusterChoice): Promise<Access> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (e) {
    throw new Error(`the kubeconfig${kubeconfig ? ` "${kubeconfig}"` : ''} cannot be read: ${(e as Error).message}`);
  }
  const names = (config.contexts ?? []).map((c) => c.name);
  // what the client falls back on when there is no kubeconfig at all
  const [fallback] = names;
  if (
    kubeconfig === undefined &&
    names.length === 1 &&
    fallback === 'loaded-context' &&
    config.getCluster('cluster')?.server === NOBODYS
  )
    throw new Error(NONE);
  const name = context ?? config.getCurrentContext();
  if (!name)
    throw new Error(names.length === 0 ? NONE : `the kubeconfig has no current context: say --context, one of ${quoted(names)}`);
  if (!names.includes(name))
    throw new Error(`there is no context "${name}" in the kubeconfig${didYouMean(name, names) || ` (it has ${quoted(names)})`}`);
  config.setCurrentContext(name);
  const cluster = config.getCurrentCluster();
  if (!cluster?.server) throw new Error(`context "${name}" names no cluster that the kubeconfig has`);
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    throw new Error(
      `the server of context "${name}" is ${cluster.server}: without TLS nothing is sent, unless its cluster says insecure-skip-tls-verify: true`,
    );
  return {
    context: name,
    server: new URL(cluster.server),
    namespace: config.getContextObject(name)?.namespace || 'default',
    credentials: async () => {
      const options: RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(options);
      } catch (e) {
        throw new Error(`context "${name}" gives no credentials: ${(e as Error).message.trim() || String(e)}`);
      }
      return { agent: kept(options.agent as Agent), headers: headersOf(options) };
    },
  };
}

/** The same agent, keeping its connections. */
function kept(agent: Agent): Agent {
  const of = agent as unknown as {
    keepAlive: boolean;
    maxSockets: number;
    maxFreeSockets: number;
    options: Record<string, unknown>;
  };
  of.keepAlive = true;
  of.maxSockets = SOCKETS;
  of.maxFreeSockets = SOCKETS;
  Object.assign(of.options, { keepAlive: true, noDelay: true });
  return agent;
}

function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) out[name] = String(value);
  if (auth) out.Authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
  return out;
}
