import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { freePorts } from '../ports';
import { isRunning, removeTemporaryFolder, start, stop, temporaryFolder } from '../processes';
import { type Access, Client } from './client';

/** A running etcd and kube-apiserver. */
export interface RunningServer {
  readonly access: Access;
  /** Ends both and removes what they wrote. */
  stop(): Promise<void>;
}

const READY_MS = 120_000;
const ATTEMPTS = 3;

/** Starts etcd and kube-apiserver on the loopback address, on free ports, in a folder that is thrown away. */
export async function startServer(programs: { etcd: string; kubeApiserver: string }): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToStart(programs);
    } catch (error) {
      // somebody else took a port between our choosing and using it
      if (attempt === ATTEMPTS || !/address already in use/.test(String(error))) throw error;
    }
  }
}

async function tryToStart(programs: { etcd: string; kubeApiserver: string }): Promise<RunningServer> {
  const folder = await temporaryFolder('apiserver');
  const [client = 0, peer = 0, port = 0] = await freePorts(3);
  const running: ChildProcess[] = [];
  const end = async () => {
    for (const child of running.reverse()) await stop(child, 5_000);
    removeTemporaryFolder(folder);
  };
  try {
    const etcd = startLogged(programs.etcd, etcdArguments(folder, client, peer), folder, 'etcd');
    running.push(etcd.child);
    await until(etcd, () => answers(`http://127.0.0.1:${client}/health`));

    const token = randomBytes(24).toString('hex');
    const server = startLogged(programs.kubeApiserver, serverArguments(folder, client, port, token), folder, 'kube-apiserver');
    running.push(server.child);
    await until(server, () => isReady(folder, port, token));
    return { access: { port, token, ca: certificate(folder) }, stop: end };
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

function serverArguments(folder: string, etcd: number, port: number, token: string): string[] {
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
  writeFileSync(tokens, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
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

interface Logged {
  readonly child: ChildProcess;
  readonly name: string;
  readonly log: string;
}

function startLogged(program: string, args: string[], folder: string, name: string): Logged {
  const log = path.join(folder, `${name}.log`);
  const file = openSync(log, 'w');
  try {
    return { child: start(program, args, { stdio: ['ignore', file, file] }), name, log };
  } finally {
    closeSync(file);
  }
}

async function until({ child, name, log }: Logged, ready: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_MS;
  const failure = (why: string) => new Error(`${name} ${why}\n${readFileSync(log, 'utf8').slice(-3000)}`);
  let refusal: Error | undefined;
  child.once('error', (error) => {
    refusal = error;
  });
  while (!(await ready())) {
    if (refusal) throw failure(`cannot be started: ${refusal.message}`);
    if (!isRunning(child)) throw failure(`ended with ${child.exitCode ?? child.signalCode}`);
    if (Date.now() > deadline) throw failure(`is not ready after ${READY_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

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
