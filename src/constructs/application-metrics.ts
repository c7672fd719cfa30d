import { ApiObject, type ApiObjectMetadataDefinition } from 'cdk8s';
import { Construct } from 'constructs';
import { checkLabels } from '../values/labels';
import { quoted } from '../values/names';
import { checkPort, notTheProxys } from '../values/port';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { shown } from '../values/shown';
import { AppModel, type Settles } from './app-model';
import { sameApp } from './caller';
import { MeshService } from './mesh-service';
import { originOf } from './origin';
import { StatefulService } from './stateful-service';
import { tellsItsPath } from './told-at';

/** Properties of {@link ApplicationMetrics}. */
export interface ApplicationMetricsProps {
  /** Whose pods have metrics; one that this app makes. */
  readonly service: MeshService<any, any> | StatefulService<any>;
  /** The port of the pods where the program has its metrics. It need not be one of the service's. */
  readonly port: number;
  /** @default '/metrics' */
  readonly path?: string;
  /**
   * Where Prometheus asks: the `proxy`, which gives the program's metrics together with its own at port 15020, outside of mutual TLS;
   * or the `application` itself, which answers only where neither mutual TLS nor an identity is asked for. @default 'proxy'
   */
  readonly from?: 'proxy' | 'application';
  /** Makes a PodMonitor of Prometheus Operator too, with these labels, by which Prometheus chooses it. @default - annotations alone */
  readonly podMonitor?: { readonly labels: Readonly<Record<string, string>> };
}

const PROPERTIES: Properties<ApplicationMetricsProps> = {
  service: 'any',
  port: 'number',
  path: 'text?',
  from: 'text?',
  podMonitor: 'map?',
};
const MONITOR: Properties<{ labels: Readonly<Record<string, string>> }> = { labels: 'map' };
const SCRAPE = 'prometheus.io/scrape';
const PORT = 'prometheus.io/port';
const PATH = 'prometheus.io/path';
/** Whether the proxy gives the program's metrics with its own. */
const MERGE = 'prometheus.istio.io/merge-metrics';

/** Services that have some. */
const measured = new WeakMap<object, ApplicationMetrics>();

/**
 * A program's own metrics, so that Prometheus gets them under STRICT too.
 *
 * Compiles to annotations `prometheus.io/*` of the service's pods, which Istio's injector turns into those of the proxy (port 15020, path
 * `/stats/prometheus`; MeshConfig's `enablePrometheusMerge`, on by default), and to a PodMonitor where that is asked for.
 * Throws where the application's own port would be asked, and mutual TLS or access keeps Prometheus out.
 * Source: pkg/kube/inject/webhook.go, applyPrometheusMerge; Istio's samples/addons/extras/prometheus-operator.yaml.
 */
@tellsItsPath
export class ApplicationMetrics extends Construct implements Settles {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ApplicationMetricsProps,
  ) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<ApplicationMetricsProps>(props, PROPERTIES, where);
    const { service, port, path = '/metrics', from = 'proxy', podMonitor } = props;
    if (!(service instanceof MeshService || service instanceof StatefulService))
      throw new Error(
        `the service of ${where} is ${shown(service)}: it has to be a MeshService or a StatefulService, whose pods this app makes; annotate those of others where they are made`,
      );
    sameApp(this, service, `the service of ${where}`);
    checkPort(port, `port of ${where}`);
    notTheProxys(port, where);
    if (!/^\/[\x21-\x7e]*$/.test(path))
      throw new Error(`path of ${where} is "${path}": it has to begin with "/", without blanks`);
    oneOf(from, ['proxy', 'application'], `from of ${where}`);
    const annotations = {
      [SCRAPE]: 'true',
      [PORT]: String(port),
      ...(path === '/metrics' ? {} : { [PATH]: path }),
      ...(from === 'application' ? { [MERGE]: 'false' } : {}),
    };
    const other = measured.get(service);
    if (other)
      throw new Error(
        `the service of ${where} has "${other.node.path}" already: annotations name one port, so have the program give all metrics there`,
      );
    measured.set(service, this);
    const pods = podsOf(service);
    if (pods.length === 0)
      throw new Error(
        `${service.calleeName} runs on virtual machines alone, and annotations of pods are what tells Prometheus: name the machines in its own configuration`,
      );
    for (const { what, said, metadata } of pods) {
      const there = [SCRAPE, PORT, PATH, MERGE].filter((a) => a in (said ?? {}));
      if (there.length > 0) throw new Error(`${what} have ${quoted(there)} already, beside ${where}: say it at one of the two`);
      for (const [key, value] of Object.entries(annotations)) metadata.addAnnotation(key, value);
    }
    if (podMonitor) this.monitor(service, podMonitor, where);
    originOf(this);
    AppModel.of(this).add(this);
  }

  /** What keeps Prometheus, which has no identity, from the application's own port. */
  compile(): void {
    const { service, port, from } = this.props;
    const secured = AppModel.of(this).secured.get(service.namespace);
    if (from !== 'application' || !secured || secured.ambient || !(secured.strict || secured.denies)) return;
    const why = secured.strict ? 'takes mutual TLS alone' : 'denies callers that nobody allowed';
    throw new Error(
      `metrics of ${service.calleeName} are asked for at its own port ${port}, in namespace "${service.namespace}", which ${why}, and Prometheus has no identity: leave from out, so that the proxy gives them at its port 15020`,
    );
  }

  /** The pods' annotations say where to ask: the injector has put the proxy's port there. */
  private monitor(
    service: ApplicationMetricsProps['service'],
    podMonitor: { labels: Readonly<Record<string, string>> },
    where: string,
  ): void {
    checkProperties(podMonitor, MONITOR, `podMonitor of ${where}`);
    checkLabels(podMonitor.labels, `labels in podMonitor of ${where}`);
    const { from = 'proxy', path = '/metrics' } = this.props;
    const address = (regex: string, replacement: string) => ({
      sourceLabels: ['__meta_kubernetes_pod_annotation_prometheus_io_port', '__meta_kubernetes_pod_ip'],
      regex,
      replacement,
      targetLabel: '__address__',
    });
    new ApiObject(this, 'PodMonitor', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: `${service.name}-metrics`, namespace: service.namespace, labels: { ...podMonitor.labels } },
      spec: {
        selector: { matchLabels: { ...service.labels } },
        podMetricsEndpoints: [
          {
            path: from === 'proxy' ? '/stats/prometheus' : path,
            relabelings: [
              // one target for each pod, whichever ports its containers name
              {
                action: 'keep',
                sourceLabels: ['__meta_kubernetes_pod_container_name'],
                regex: from === 'proxy' ? 'istio-proxy' : service.name,
              },
              address('(\\d+);([0-9.]+)', '$2:$1'),
              address('(\\d+);([0-9A-Fa-f:]*:[0-9A-Fa-f:]*)', '[$2]:$1'),
            ],
          },
        ],
      },
    });
  }
}

/** Pods that this app makes for a service: whose they are, which annotations they were given, and where more go. */
interface Pods {
  readonly what: string;
  readonly said: Readonly<Record<string, string>> | undefined;
  readonly metadata: ApiObjectMetadataDefinition;
}

function podsOf(service: ApplicationMetricsProps['service']): readonly Pods[] {
  const { calleeName } = service;
  if (service instanceof StatefulService)
    return [{ what: `pods of ${calleeName}`, said: service.podAnnotations, metadata: service.statefulSet.podMetadata }];
  return Object.entries(service.inPods).map(([version, { podAnnotations }]) => ({
    what: `pods of version "${version}" of ${calleeName}`,
    said: podAnnotations,
    metadata: service.version(version).deployment.podMetadata,
  }));
}
