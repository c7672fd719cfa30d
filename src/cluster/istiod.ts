import type { Cluster } from './transport';

/** A proxy, as istiod knows it. */
export interface ProxyState {
  /** `reviews-v1-5d4c.shop` */
  readonly name: string;
  /** What it was sent last: of clusters, listeners and routes, which config decides. */
  readonly sent: string;
  /** Whether it has not taken all that it was sent last. */
  readonly isBehind: boolean;
}

/** Where istiod's pods tell of themselves, unless they say another port. Source: istio, pkg/kube/client.go, FindIstiodMonitoringPort. */
const PORT = 15014;
const CONFIG = ['cluster', 'listener', 'route'] as const;
const KINDS = [...CONFIG, 'endpoint', 'extensionconfig'] as const;

/**
 * How far proxies are. Each pod of istiod knows of those alone that are connected to it, and tells nobody but its own machine (and
 * who shows a token of a workload), so each is asked, through a port that the API server forwards.
 * Source: istio, pilot/pkg/xds/debug.go, Syncz and allowAuthenticatedOrLocalhost; pkg/kube/client.go, AllDiscoveryDo.
 * @param namespace istiod's
 * @returns nothing where one of them cannot be asked
 */
export async function proxiesOf(
  cluster: Cluster,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly ProxyState[] | undefined> {
  try {
    const { body } = await cluster.send({
      method: 'GET',
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
      query: { labelSelector: 'app=istiod', fieldSelector: 'status.phase=Running' },
      what: 'the pods of istiod',
      patient: false,
    });
    const pods: any[] = body.items ?? [];
    if (pods.length === 0) return undefined;
    const answers = await Promise.all(
      pods.map(({ metadata: { name, annotations } }) =>
        cluster.askPod({ namespace, name }, Number(annotations?.['prometheus.io/port']) || PORT, '/debug/syncz'),
      ),
    );
    return answers.flatMap((text) => (JSON.parse(text) as any[]).map(proxyOf));
  } catch (e) {
    signal.throwIfAborted();
    if (e instanceof SyntaxError || e instanceof TypeError) throw e;
    return undefined; // nobody there, or not allowed
  }
}

const proxyOf = (p: any): ProxyState => ({
  name: String(p.proxy),
  sent: CONFIG.map((k) => p[`${k}_sent`] ?? '').join(' '),
  isBehind: KINDS.some((k) => (p[`${k}_sent`] ?? '') !== '' && p[`${k}_sent`] !== p[`${k}_acked`]),
});
