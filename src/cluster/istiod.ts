import type { Cluster } from './transport';

/** A proxy, as istiod knows it. */
export interface ProxyState {
  /** `reviews-v1-5d4c.shop` */
  readonly name: string;
  /** What it was sent last: of clusters, listeners and routes, which config decides. */
  readonly sent: string;
  /** Whether it has not taken all that it was sent last. */
  readonly isBehind: boolean;
  /** Why it refuses what it was sent, in its words. */
  readonly refuses?: string;
}

/** Why istiod cannot be asked. */
export interface NotAsked {
  readonly why: string;
}

/** Where istiod's pods tell of themselves, unless they say another port. Source: istio, pkg/kube/client.go, FindIstiodMonitoringPort. */
const PORT = 15014;
const SYNCZ = '/debug/syncz';
const CONFIG = ['cluster', 'listener', 'route'] as const;
const KINDS = [...CONFIG, 'endpoint', 'extensionconfig'] as const;

/**
 * How far proxies are. Each pod of istiod knows of those alone that are connected to it, and tells nobody but its own machine (and
 * who shows a token of a workload), so each is asked, through a port that the API server forwards.
 * Source: istio, pilot/pkg/xds/debug.go, Syncz and allowAuthenticatedOrLocalhost; pkg/kube/client.go, AllDiscoveryDo.
 * @param namespace istiod's
 * @returns why not, where one of them cannot be asked
 */
export async function proxiesOf(
  cluster: Cluster,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly ProxyState[] | NotAsked> {
  try {
    const { body } = await cluster.send({
      method: 'GET',
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
      query: { labelSelector: 'app=istiod', fieldSelector: 'status.phase=Running' },
      what: 'the pods of istiod',
      patient: false,
    });
    const pods: any[] = body.items ?? [];
    if (pods.length === 0) return { why: `no pod with the label app=istiod runs in the namespace "${namespace}"` };
    const told = await Promise.all(
      pods.map(async ({ metadata: { name, annotations } }) => {
        const port = Number(annotations?.['prometheus.io/port']) || PORT;
        return statesIn(await cluster.askPod({ namespace, name }, port, SYNCZ), `Pod ${namespace}/${name}, port ${port}`);
      }),
    );
    return told.flat();
  } catch (e) {
    signal.throwIfAborted();
    if (e instanceof TypeError) throw e;
    return { why: (e as Error).message }; // nobody there, or not allowed
  }
}

function statesIn(text: string, pod: string): ProxyState[] {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    // said below
  }
  if (!Array.isArray(said)) throw new Error(`${pod}: what it says at ${SYNCZ} is no list of proxies`);
  return said.map(proxyOf);
}

function proxyOf(p: any): ProxyState {
  const resources: any[] = Object.values(p.resources ?? {});
  const refuses = resources.map((r) => r.lastError ?? '').find((text) => text !== '');
  return {
    name: String(p.proxy),
    sent: CONFIG.map((k) => p[`${k}_sent`] ?? '').join(' '),
    isBehind: KINDS.some((k) => (p[`${k}_sent`] ?? '') !== '' && p[`${k}_sent`] !== p[`${k}_acked`]),
    ...(refuses === undefined ? {} : { refuses }),
  };
}
