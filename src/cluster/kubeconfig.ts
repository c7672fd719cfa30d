import { existsSync, readFileSync } from 'node:fs';
import { type Agent, Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node';
import { quickValue } from '../manifests/quick';
import { didYouMean, quoted } from '../values/names';
import { type Headers, type Impersonated, impersonation } from './impersonation';
import { KubeconfigError } from './kubeconfig-error';
import { given, plugged } from './plugins';
import { proxyOf } from './proxy-env';

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
  /** Its address, with the path that comes before all others, where there is one. */
  readonly server: URL;
  /** Host and port of the proxy that is between, if there is one. */
  readonly proxy?: string;
  /** The namespace of the context. @default 'default' */
  readonly namespace: string;
  /** Credentials, certificates and proxy, of which one agent is made: connections are kept. Asked again when they are out of date. */
  credentials(): Promise<Credentials>;
}

/** What a request needs besides its path. */
export interface Credentials {
  /** Keeps the connections, with the certificates of both sides. */
  readonly agent: Agent;
  /** Sent with each request: `authorization`, and whom to act as. */
  readonly headers: Headers;
}

const NONE = 'there is no kubeconfig: set KUBECONFIG, or say --kubeconfig FILE';
const NOBODYS = 'http://localhost:8080';
/** Connections that are kept, at most, when nothing goes over them. */
const FREE = 64;

/** A user with what the client does not read of it. */
interface Person extends User {
  readonly more?: Impersonated;
}

/** What a kubeconfig says. */
interface Config {
  readonly clusters: readonly Cluster[];
  readonly users: readonly Person[];
  readonly contexts: readonly Context[];
  readonly currentContext: string | undefined;
}

/**
 * Reads the kubeconfig with what Kubernetes' own client knows of certificates, tokens, OIDC, exec plugins, proxies and pods. Its
 * own requests make an agent each and so a connection each, which is why none is sent with it; and its API's classes are half a
 * second of loading, which is why it is loaded whole only where there is a proxy, or no file.
 * @throws {KubeconfigError} when there is no kubeconfig, or no such context in it
 */
export async function accessTo({ kubeconfig, context }: ClusterChoice): Promise<Access> {
  let config: Config;
  try {
    config = await configOf(kubeconfig);
  } catch (e) {
    // a parser draws a picture below what it says
    const [said] = (e as Error).message.split('\n');
    throw new KubeconfigError(`the kubeconfig${kubeconfig ? ` "${kubeconfig}"` : ''} cannot be read: ${said}`);
  }
  const names = config.contexts.map((c) => c.name);
  // what the client falls back on when there is no kubeconfig at all
  if (kubeconfig === undefined && names.length === 1 && names[0] === 'loaded-context' && config.clusters[0]?.server === NOBODYS)
    throw new KubeconfigError(NONE);
  if (kubeconfig !== undefined && names.length === 0)
    throw new KubeconfigError(`the kubeconfig "${kubeconfig}" has no context: is it the file that you mean?`);
  const name = context ?? config.currentContext;
  if (!name)
    throw new KubeconfigError(
      names.length === 0 ? NONE : `the kubeconfig has no current context: say --context, one of ${quoted(names)}`,
    );
  const chosen = config.contexts.find((c) => c.name === name);
  if (!chosen)
    throw new KubeconfigError(
      `there is no context "${name}" in the kubeconfig${didYouMean(name, names) || ` (it has ${quoted(names)})`}`,
    );
  const cluster = config.clusters.find((c) => c.name === chosen.cluster);
  if (!cluster?.server) throw new KubeconfigError(`context "${name}" names no cluster that the kubeconfig has`);
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    throw new KubeconfigError(
      `the server of context "${name}" is ${cluster.server}: without TLS nothing is sent, unless its cluster says insecure-skip-tls-verify: true`,
    );
  const server = serverOf(cluster.server, name);
  const proxyUrl = cluster.proxyUrl || proxyOf(server);
  const user = config.users.find((u) => u.name === chosen.user);
  if (chosen.user && !user)
    throw new KubeconfigError(
      `context "${name}" names the user "${chosen.user}", whom the kubeconfig does not have${didYouMean(
        chosen.user,
        config.users.map((u) => u.name),
      )}`,
    );
  const acting = user ? impersonation(user.name, user.impersonateUser, user.more ?? {}) : {};
  return {
    context: name,
    server,
    ...(proxyUrl ? { proxy: hostOf(proxyUrl) } : {}),
    namespace: chosen.namespace || 'default',
    credentials: async () => {
      try {
        const { tls, headers } = await asked(cluster, user);
        const agent = proxyUrl ? await throughProxy({ ...cluster, proxyUrl }, tls) : direct(cluster, tls);
        return { agent: kept(agent), headers: { ...acting, ...headers } };
      } catch (e) {
        throw new KubeconfigError(`context "${name}" gives no credentials: ${(e as Error).message.trim() || String(e)}`);
      }
    },
  };
}

function serverOf(text: string, context: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new KubeconfigError(`the server of context "${context}" is "${text}", which is no URL: https://${text} may be meant`);
}

/** Without a password that it may have. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'that is configured');

/** Of a file; else of those that the environment names, the one of the home folder, or of whatever else the client knows. */
async function configOf(kubeconfig: string | undefined): Promise<Config> {
  const { HOME, KUBECONFIG } = process.env;
  const listed = (KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  const usual = HOME ? join(HOME, '.kube', 'config') : undefined;
  if (kubeconfig !== undefined) return configIn(kubeconfig);
  if (listed.length > 0) {
    // kubectl passes over those of a list that are not there
    const there = listed.length > 1 ? listed.filter((f) => existsSync(f)) : listed;
    return merged(await Promise.all(there.map(configIn)));
  }
  if (usual !== undefined && process.platform !== 'win32' && existsSync(usual)) return configIn(usual);
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}

/**
 * The contexts of the kubeconfig, for who chooses one.
 * @throws where it cannot be read
 */
export const contextNames = async (kubeconfig: string | undefined): Promise<readonly string[]> =>
  (await configOf(kubeconfig)).contexts.map((c) => c.name);

async function configIn(file: string): Promise<Config> {
  const { newClusters, newContexts, newUsers } = await import('@kubernetes/client-node/dist/config_types.js');
  const text = readFileSync(file, 'utf8');
  const read: any = (quickValue(text)?.value ?? (await import('js-yaml')).load(text)) || {};
  const at = (path: string | undefined) => (path ? resolve(dirname(file), path) : undefined);
  return {
    clusters: newClusters(read.clusters).map((c) => ({ ...c, caFile: at(c.caFile) }) as Cluster),
    users: newUsers(read.users).map((u, i): Person => {
      // which the client knows of pods alone; it counts before a token
      const tokenFile = at(read.users[i].user?.tokenFile);
      return {
        ...u,
        ...(tokenFile ? { token: undefined, authProvider: { name: 'tokenFile', config: { tokenFile } } } : {}),
        ...{ certFile: at(u.certFile), keyFile: at(u.keyFile) },
        more: impersonated(read.users[i].user ?? {}),
      } as Person;
    }),
    contexts: newContexts(read.contexts),
    currentContext: read['current-context'],
  };
}

const impersonated = (user: Impersonated): Impersonated => ({
  'as-uid': user['as-uid'],
  'as-groups': user['as-groups'],
  'as-user-extra': user['as-user-extra'],
});

/** The first that says something of a name is followed. Source: kubernetes.io, Organizing Cluster Access Using kubeconfig Files. */
function merged(all: readonly Config[]): Config {
  const firsts = <T extends { readonly name: string }>(items: readonly T[]): T[] =>
    items.filter((i) => items.find((other) => other.name === i.name) === i);
  return {
    clusters: firsts(all.flatMap((c) => c.clusters)),
    users: firsts(all.flatMap((c) => c.users)),
    contexts: firsts(all.flatMap((c) => c.contexts)),
    currentContext: all.map((c) => c.currentContext).find(Boolean),
  };
}

/** What a user says, and whoever is asked for it: certificates, and headers. */
async function asked(cluster: Cluster, user: User | undefined): Promise<{ tls: AgentOptions; headers: Record<string, string> }> {
  const options: RequestOptions = { headers: {}, ...(user?.username ? { auth: `${user.username}:${user.password ?? ''}` } : {}) };
  if (user) {
    await plugged(cluster, user, options);
    if (user.token) options.headers = { ...options.headers, Authorization: `Bearer ${user.token}` };
  }
  const tls: AgentOptions = {
    ca: given(cluster.caFile, cluster.caData),
    cert: options.cert ?? given(user?.certFile, user?.certData),
    key: options.key ?? given(user?.keyFile, user?.keyData),
    ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
    ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
  };
  return { tls, headers: headersOf(options) };
}

const direct = (cluster: Cluster, tls: AgentOptions): Agent =>
  cluster.server.startsWith('http:') ? new HttpAgent() : new HttpsAgent(tls);

/** The client has agents for all sorts of proxies. */
async function throughProxy(cluster: Cluster, { cert, key }: AgentOptions): Promise<Agent> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const client = new KubeConfig();
  const data = (pem: unknown) => (pem ? Buffer.from(pem as string | Buffer).toString('base64') : undefined);
  client.loadFromOptions({
    clusters: [cluster],
    users: [{ name: 'user', certData: data(cert), keyData: data(key) }],
    contexts: [{ name: 'context', cluster: cluster.name, user: 'user' }],
    currentContext: 'context',
  });
  const options: RequestOptions = {};
  await client.applyToHTTPSOptions(options);
  return options.agent as Agent;
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
  // each watch has one to itself; of other requests the transport sends so many at once
  of.maxSockets = Number.POSITIVE_INFINITY;
  of.maxFreeSockets = FREE;
  Object.assign(of.options, { keepAlive: true, noDelay: true });
  return agent;
}

function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) out[name] = String(value).trim(); // a file ends with its line
  if (auth) out.Authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
  return out;
}
