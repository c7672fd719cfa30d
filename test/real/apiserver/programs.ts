import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { freePorts } from '../ports';
import { removeTemporaryFolder, temporaryFolder } from '../processes';
import { type Access, Client } from './client';
import { clientAuthority } from './client-certificates';
import { Program } from './program';

/** A running etcd and kube-apiserver. */
export interface RunningServer {
  /** As its administrator. */
  readonly access: Access;
  /** Tokens of users without any rights of their own, by their names. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly etcd: Program;
  readonly apiserver: Program;
  /** The administrator's way to a second kube-apiserver on the same etcd, where one was asked for. It has no cache of watches:
   * what is watched can be gone on with from any revision. */
  readonly observer: Access | undefined;
  /** What they write, and what is removed with them. */
  readonly folder: string;
  /** Ends both and removes what they wrote. */
  stop(): Promise<void>;
}

const ATTEMPTS = 3;
const GROUPS: Readonly<Record<string, string>> = { admin: 'system:masters' };
/** Users that have no rights until a test gives them some. */
const USERS: readonly string[] = ['dev', 'viewer'];

/** Starts etcd and kube-apiserver on the loopback address, on free ports, in a folder that is thrown away. */
export async function startServer(
  programs: { etcd: string; kubeApiserver: string },
  options: { readonly observed?: boolean } = {},
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToStart(programs, options);
    } catch (error) {
      // somebody else took a port between our choosing and using it
      if (attempt === ATTEMPTS || !/address already in use/.test(String(error))) throw error;
    }
  }
}

async function tryToStart(
  programs: { etcd: string; kubeApiserver: string },
  { observed = false }: { readonly observed?: boolean },
): Promise<RunningServer> {
  const folder = await temporaryFolder('apiserver');
  const [client = 0, peer = 0, port = 0, second = 0] = await freePorts(4);
  const token = randomBytes(24).toString('hex');
  const tokens = Object.fromEntries(USERS.map((user) => [user, randomBytes(24).toString('hex')]));
  const etcd = new Program({
    name: 'etcd',
    program: programs.etcd,
    args: etcdArguments(folder, client, peer),
    folder,
    ready: () => answers(`http://127.0.0.1:${client}/health`),
  });
  const args = [...serverArguments(folder, client, { admin: token, ...tokens }), ...(observed ? await clientsOf(folder) : [])];
  const server = (name: string, at: number, more: readonly string[]) =>
    new Program({
      name,
      program: programs.kubeApiserver,
      args: [...args, `--secure-port=${at}`, ...more],
      folder,
      ready: () => isReady(folder, at, token),
    });
  const apiserver = server('kube-apiserver', port, []);
  const observer = server('observer', second, ['--watch-cache=false']);
  const end = async () => {
    await observer.stop(5_000);
    await apiserver.stop(5_000);
    await etcd.stop(5_000);
    removeTemporaryFolder(folder);
  };
  try {
    await etcd.start();
    await apiserver.start();
    const access = { port, token, ca: certificate(folder) };
    if (observed) await observer.start();
    return { access, tokens, etcd, apiserver, observer: observed ? { ...access, port: second } : undefined, folder, stop: end };
  } catch (error) {
    await end();
    throw error;
  }
}

function etcdArguments(folder: string, client: number, peer: number): string[] {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    ...['--name', 'mesh', '--data-dir', path.join(folder, 'etcd'), '--log-level', 'warn', '--unsafe-no-fsync'],
    ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `mesh=${peerUrl}`],
  ];
}

function serverArguments(folder: string, etcd: number, users: Readonly<Record<string, string>>): string[] {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const [privateKey, publicKey, tokens] = ['accounts.key', 'accounts.pub', 'tokens.csv'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  writeFileSync(privateKey, keys.privateKey, { mode: 0o600 });
  writeFileSync(publicKey, keys.publicKey);
  const lines = Object.entries(users).map(([user, token]) => `${token},${user},${user},"${GROUPS[user] ?? 'people'}"\n`);
  writeFileSync(tokens, lines.join(''), { mode: 0o600 });
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--cert-dir=${path.join(folder, 'certificates')}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${publicKey}`,
    `--service-account-signing-key-file=${privateKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--disable-admission-plugins=ServiceAccount', // no controller makes the accounts
    '--allow-privileged=true',
  ];
}

/** Whose client certificates are taken. */
const clientsOf = async (folder: string): Promise<string[]> => [`--client-ca-file=${await clientAuthority(folder)}`];

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = get(url, { timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(false));
  });
}

function certificate(folder: string): Buffer {
  return readFileSync(path.join(folder, 'certificates', 'apiserver.crt'));
}

async function isReady(folder: string, port: number, token: string): Promise<boolean> {
  let client: Client | undefined;
  try {
    client = new Client({ port, token, ca: certificate(folder) }, 1);
    return (await client.send('GET', '/readyz')).status === 200;
  } catch {
    return false; // no certificate yet, or nobody listens
  } finally {
    client?.close();
  }
}
