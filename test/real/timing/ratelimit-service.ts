import { mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { freePorts } from '../ports';
import { isRunning, removeTemporaryFolder, start, stop, temporaryFolder } from '../processes';

/** How long the service and its Redis may take until they answer. */
const STARTS_MS = 20_000;
const POLL_MS = 50;
const LOCAL = '127.0.0.1';

/** What a RateLimitService has written. */
export interface Written {
  /** The files of its ConfigMap, by name. */
  readonly config: Readonly<Record<string, string>>;
  /** The environment of its container. */
  readonly env: Readonly<Record<string, string>>;
}

/** Envoy's ratelimit service, which reads what was written for it. */
export interface RatelimitService {
  /** Of its gRPC server. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts Envoy's ratelimit service with the environment and the files that are written for it, and a Redis in memory. Of the environment
 * only addresses and the folder are of this machine; the files lie there as the kubelet puts a ConfigMap's.
 */
export async function startRatelimitService(
  programs: { readonly ratelimit: string; readonly redis: string },
  { config, env }: Written,
): Promise<RatelimitService> {
  const folder = await temporaryFolder('ratelimit');
  const [store, grpc, http, debug, metrics] = await freePorts(5);
  const mounted = path.join(folder, env.RUNTIME_SUBDIRECTORY ?? '', 'config');
  mkdirSync(path.join(mounted, '..1'), { recursive: true });
  symlinkSync('..1', path.join(mounted, '..data'));
  for (const [name, text] of Object.entries(config)) {
    writeFileSync(path.join(mounted, '..1', name), text);
    symlinkSync(path.join('..data', name), path.join(mounted, name));
  }
  const log = path.join(folder, 'log');
  const out = openSync(log, 'a');
  const redis = start(programs.redis, [`${LOCAL}:${store}`], { stdio: ['ignore', out, out] });
  await until(() => accepts(store!), 'the Redis in memory', redis, log);
  const here = {
    REDIS_URL: `${LOCAL}:${store}`,
    RUNTIME_ROOT: folder,
    HOST: LOCAL,
    PORT: String(http),
    GRPC_HOST: LOCAL,
    GRPC_PORT: String(grpc),
    DEBUG_HOST: LOCAL,
    DEBUG_PORT: String(debug),
    PROMETHEUS_ADDR: `${LOCAL}:${metrics}`,
  };
  const service = start(programs.ratelimit, [], { env: { ...env, ...here }, stdio: ['ignore', out, out] });
  // what its readiness probe asks
  await until(async () => (await fetch(`http://${LOCAL}:${http}/healthcheck`)).ok, 'the ratelimit service', service, log);
  return {
    port: grpc!,
    close: async () => {
      await Promise.all([stop(service, 0), stop(redis, 0)]);
      removeTemporaryFolder(folder);
    },
  };
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, LOCAL, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

async function until(
  isThere: () => Promise<boolean>,
  what: string,
  program: ReturnType<typeof start>,
  log: string,
): Promise<void> {
  const last = Date.now() + STARTS_MS;
  while (!(await isThere().catch(() => false))) {
    if (!isRunning(program) || Date.now() > last)
      throw new Error(`${what} does not answer: ${readFileSync(log, 'utf8').slice(-1000)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
