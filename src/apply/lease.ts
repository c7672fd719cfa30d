import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-error';
import type { SetName } from './apply-set';
import type { Cluster } from './transport';

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
  release(): Promise<void>;
}

/**
 * Takes the Lease of a set. Where another holds it, waits to see whether that one is alive.
 * @throws when it is: who, and since when
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
    metadata: { name: set.name, namespace: set.namespace, ...(resourceVersion ? { resourceVersion } : {}) },
    spec: spec(since),
  });
  const one = pathOf(set, set.name);
  const read = () =>
    cluster.send({ method: 'GET', path: one, what }).catch((e) => (isStatus(e, 404) ? undefined : Promise.reject(e)));
  const since = micro();
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
        await sleep(Math.min(left, 1000), undefined, signal ? { signal } : {});
        continue;
      }
    }
    const sent = found
      ? { method: 'PUT' as const, path: one, body: body(found.body.metadata.resourceVersion, since) }
      : { method: 'POST' as const, path: pathOf(set), body: body(undefined, since) };
    const done = await cluster
      .send({ ...sent, what, repeatable: false })
      // somebody was quicker: look who
      .catch((e) => (isStatus(e, 409) ? undefined : Promise.reject(e)));
    version = done?.body.metadata.resourceVersion;
  }
  return keep(cluster, { one, what, body: (v) => body(v, since), version, me });
}

/** Whether whoever holds the Lease of a set renewed it a moment ago, by our own clock. */
export async function isHeld(cluster: Cluster, set: SetName): Promise<boolean> {
  const found = await cluster
    .send({ method: 'GET', path: pathOf(set, set.name), what: `Lease ${set.namespace}/${set.name}` })
    .catch((e) => (e instanceof ApiError ? undefined : Promise.reject(e)));
  const renewed = Date.parse(found?.body.spec?.renewTime ?? '');
  return found?.body.spec?.holderIdentity !== undefined && Math.abs(Date.now() - renewed) < SECONDS * 1000;
}

interface Kept {
  readonly one: string;
  readonly what: string;
  readonly me: string;
  readonly version: string;
  body(version: string): object;
}

function keep(cluster: Cluster, { one, what, body, version, me }: Kept): Held {
  const lost = new AbortController();
  let current = version;
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = cluster
      .send({ method: 'PUT', path: one, body: body(current), what })
      .then(
        (r) => {
          current = r.body.metadata.resourceVersion;
        },
        async (e) => {
          if (!isStatus(e, 409)) return; // the server is away: the next one may succeed
          const { body: found } = await cluster.send({ method: 'GET', path: one, what });
          if (found.spec?.holderIdentity === me) current = found.metadata.resourceVersion;
          else lost.abort(new Error(`${found.spec?.holderIdentity} has taken the lease: it was not renewed in time`));
        },
      )
      .catch(() => undefined);
  }, RENEW);
  timer.unref();
  return {
    lost: lost.signal,
    release: async () => {
      clearInterval(timer);
      await renewing;
      if (lost.signal.aborted) return;
      await cluster
        .send({
          method: 'DELETE',
          path: one,
          what,
          body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion: current } },
        })
        .catch(() => undefined); // it ends by itself
    },
  };
}

const isStatus = (e: unknown, status: number): boolean => e instanceof ApiError && e.status === status;

/** Kubernetes' MicroTime. */
const micro = (): string => new Date().toISOString().replace('Z', '000Z');
