import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { ApiError } from '../cluster/api-error';
import { pause } from '../cluster/pause';
import type { Cluster, Reply } from '../cluster/transport';
import { idOf, type SetName } from './apply-set';

/** Label of the Lease of a set, by its id: another of that name is somebody else's. */
const LEASE_OF = 'mesh.cdk8s.io/lease-of';

/** Whoever does not renew it for so long is gone, in seconds. */
const SECONDS = 15;
const RENEW = 5000;

/** Of the Leases beside a set's list, or of one. */
const pathOf = ({ namespace }: SetName, name = ''): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases${name && `/${encodeURIComponent(name)}`}`;

/** Keeps two from applying one set at once. It ends by itself when its holder does: there is nothing to unlock by hand. */
export interface Held {
  /** Fails when somebody else has it, as after a long sleep of this machine. */
  readonly lost: AbortSignal;
  /** Waits until it is known to be ours: it may be another's when it was not renewed for as long as it lasts. */
  sure(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the Lease of a set. Where another holds it, waits to see whether that one is alive.
 * @throws when it is: who, and since when; and where the Lease of that name is no set's
 */
export async function hold(cluster: Cluster, set: SetName, signal?: AbortSignal): Promise<Held> {
  const me = `${userInfo().username}@${hostname()} (process ${process.pid}, ${randomUUID().slice(0, 8)})`;
  const what = `Lease ${set.namespace}/${set.name}, which keeps two from applying at once`;
  const spec = (since: string) => ({
    holderIdentity: me,
    leaseDurationSeconds: SECONDS,
    acquireTime: since,
    renewTime: micro(),
  });
  const body = (resourceVersion: string | undefined, since: string) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: set.name,
      namespace: set.namespace,
      labels: { [LEASE_OF]: idOf(set) },
      ...(resourceVersion ? { resourceVersion } : {}),
    },
    spec: spec(since),
  });
  const one = pathOf(set, set.name);
  const read = async () => ours(await readLease(cluster, one, what), set);
  const since = micro();
  let at = Date.now();
  let version: string | undefined;
  let seen: { readonly renewed: string; readonly at: number } | undefined;
  while (version === undefined) {
    const found = await read();
    const now = found?.body.spec;
    if (found && now?.holderIdentity && now.holderIdentity !== me) {
      // by our own clock: theirs may differ
      if (seen && seen.renewed !== now.renewTime)
        throw new Error(
          `${now.holderIdentity} is applying ${set.namespace}/${set.name} since ${now.acquireTime}: wait until that has ended`,
        );
      seen ??= { renewed: now.renewTime, at: Date.now() };
      const left = seen.at + (now.leaseDurationSeconds ?? SECONDS) * 1000 - Date.now();
      if (left > 0) {
        await pause(Math.min(left, 1000), signal);
        continue;
      }
    }
    const sent = found
      ? { method: 'PUT' as const, path: one, body: body(found.body.metadata.resourceVersion, since) }
      : { method: 'POST' as const, path: pathOf(set), body: body(undefined, since) };
    at = Date.now();
    const done = await cluster
      .send({ ...sent, what, repeatable: false, urgent: true })
      // somebody was quicker: look who
      .catch((e) => (isStatus(e, 409) ? undefined : Promise.reject(e)));
    version = done?.body.metadata.resourceVersion;
  }
  return keep(cluster, { one, what, body: (v) => body(v, since), version, me, at });
}

/**
 * Whether whoever holds the Lease of a set renewed it a moment ago, by our own clock. Not where it may not be read.
 * @throws where the Lease of that name is no set's
 */
export async function isHeld(cluster: Cluster, set: SetName): Promise<boolean> {
  const found = await cluster
    .send({ method: 'GET', path: pathOf(set, set.name), what: `Lease ${set.namespace}/${set.name}` })
    .catch((e) => (e instanceof ApiError ? undefined : Promise.reject(e)));
  const { holderIdentity, renewTime } = ours(found, set)?.body.spec ?? {};
  return holderIdentity !== undefined && Math.abs(Date.now() - Date.parse(renewTime ?? '')) < SECONDS * 1000;
}

/** The Lease, if it is the set's own: a controller that elects its leader by one of that name keeps it. */
function ours(found: Reply | undefined, set: SetName): Reply | undefined {
  if (!found || found.body.metadata.labels?.[LEASE_OF] === idOf(set)) return found;
  const holder = found.body.spec?.holderIdentity;
  throw new Error(
    `there is a Lease ${set.namespace}/${set.name} already${holder ? `, which "${holder}" holds` : ''}, and it is not the one that keeps two from applying the set at once: say another --set`,
  );
}

/** Nothing where there is none. */
const readLease = (cluster: Cluster, path: string, what: string) =>
  cluster.send({ method: 'GET', path, what, urgent: true }).catch((e) => (isStatus(e, 404) ? undefined : Promise.reject(e)));

interface Kept {
  readonly one: string;
  readonly what: string;
  readonly me: string;
  readonly version: string;
  /** When it was asked for, by our own clock. */
  readonly at: number;
  body(version: string): object;
}

function keep(cluster: Cluster, { one, what, body, version, me, at }: Kept): Held {
  const lost = new AbortController();
  let [current, renewed] = [version, at];
  let renewing: Promise<void> | undefined;
  const once = async () => {
    const start = Date.now();
    try {
      const { body: now } = await cluster.send({ method: 'PUT', path: one, body: body(current), what, urgent: true });
      current = now.metadata.resourceVersion;
    } catch (e) {
      if (!isStatus(e, 409) && !isStatus(e, 404)) throw e; // the server is away: the next one may succeed
      const found = await readLease(cluster, one, what);
      const holder = found?.body.spec?.holderIdentity;
      if (holder !== me) {
        lost.abort(
          new Error(
            holder ? `${holder} has taken the lease: it was not renewed in time` : 'the lease is gone: somebody deleted it',
          ),
        );
        return;
      }
      current = found!.body.metadata.resourceVersion;
    }
    renewed = start;
  };
  const renew = (): Promise<void> => {
    renewing ??= once().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  const timer = setInterval(() => void renew().catch(() => undefined), RENEW);
  timer.unref();
  return {
    lost: lost.signal,
    sure: async () => {
      while (!lost.signal.aborted && Date.now() - renewed >= SECONDS * 1000) await renew();
    },
    release: async () => {
      clearInterval(timer);
      await renewing?.catch(() => undefined);
      if (lost.signal.aborted) return;
      await cluster
        .send({
          method: 'DELETE',
          path: one,
          what,
          urgent: true,
          body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion: current } },
        })
        .catch(() => undefined); // it ends by itself
    },
  };
}

const isStatus = (e: unknown, status: number): boolean => e instanceof ApiError && e.status === status;

/** Kubernetes' MicroTime. */
const micro = (): string => new Date().toISOString().replace('Z', '000Z');
