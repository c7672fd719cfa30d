import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { dnsLabel, kebab, quoted, text } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel, type Settles } from './app-model';
import { sameApp } from './caller';
import { controllerOf } from './controlled-version';
import { dashboard } from './dashboard-panels';
import { needsService } from './needs-service';
import { originOf } from './origin';
import type { ServiceHost } from './service-host';
import { tellsItsPath } from './told-at';

/** Properties of a {@link GrafanaDashboard}. */
export interface GrafanaDashboardProps {
  /** @default - the id in kebab-case */
  readonly name?: string;
  /** What Grafana shows above it. @default - the name */
  readonly title?: string;
  /** Of which services. @default - all of the app */
  readonly services?: readonly ServiceHost<any, any>[];
  /** Labels of the ConfigMap, by which Grafana's sidecar finds it. @default { grafana_dashboard: '1' } */
  readonly labels?: Readonly<Record<string, string>>;
}

const PROPERTIES: Properties<GrafanaDashboardProps> = { name: 'text?', title: 'text?', services: 'list?', labels: 'map?' };
/** What a ConfigMap holds, in bytes. */
const MOST = 1024 * 1024;
/** What `kubectl apply` can write down of an object, in its annotation. Source: apimachinery, TotalAnnotationSizeLimitB. */
const MOST_APPLIED = 256 * 1024;

/**
 * Rate, errors and latency of services by version, canary beside stable, from Istio's standard metrics.
 *
 * Compiles to a ConfigMap with the label that Grafana's sidecar looks for (`grafana_dashboard: "1"`), with a row of panels for each
 * service. Source: Istio's standard metrics page; Grafana's dashboard JSON model.
 */
@tellsItsPath
export class GrafanaDashboard extends Construct implements Settles {
  private readonly title: string;
  private readonly name: string;
  private readonly of: readonly ServiceHost<any, any>[] | undefined;

  constructor(scope: Construct, id: string, props: GrafanaDashboardProps = {}) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<GrafanaDashboardProps>(props, PROPERTIES, where);
    this.name = dnsLabel(props.name ?? kebab(id), `name of ${where}`);
    // Grafana's own limit for a dashboard's uid
    if (this.name.length > 40)
      throw new Error(`name of ${where} is "${this.name}", which has ${this.name.length} characters: Grafana takes 40`);
    this.title = props.title === undefined ? this.name : text(props.title, `title of ${where}`);
    for (const s of props.services ?? []) {
      needsService(s, `one of the services of ${where}`);
      sameApp(this, s, `the services of ${where}`);
    }
    const names = (props.services ?? []).map((s) => `${s.namespace}/${s.name}`);
    const twice = names.filter((n, i) => names.indexOf(n) < i);
    if (twice.length > 0) throw new Error(`services of ${where} have ${quoted(twice)} twice`);
    if (props.services?.length === 0) throw new Error(`services of ${where} is empty: name at least one, or leave it out`);
    this.of = props.services;
    new ApiObject(this, 'ConfigMap', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${this.name}-dashboard`, labels: { ...(props.labels ?? { grafana_dashboard: '1' }) } },
      data: Lazy.any({ produce: () => ({ [`${this.name}.json`]: this.json() }) }),
    });
    originOf(this);
    AppModel.of(this).add(this);
  }

  /** One that would show nothing, or more than fits. */
  compile(): void {
    const where = `"${this.node.path}"`;
    if (this.services().length === 0) throw new Error(`${where} has no service to show: the app has none`);
    const size = Buffer.byteLength(this.json());
    if (size > MOST)
      throw new Error(`${where} has ${size} bytes, and a ConfigMap holds ${MOST}: name fewer services, and make several`);
  }

  /** One that a common way to apply it refuses. */
  warnings(): readonly string[] {
    const size = Buffer.byteLength(JSON.stringify(this.json()));
    return size <= MOST_APPLIED
      ? []
      : [
          `has ${size} bytes, of which kubectl apply would keep a copy in an annotation, where ${MOST_APPLIED} are allowed: apply it with mesh apply or kubectl apply --server-side, or name fewer services, and make several`,
        ];
  }

  private services(): readonly ServiceHost<any, any>[] {
    const all = this.of ?? AppModel.of(this).services;
    return [...all].sort((a, b) => (a.host < b.host ? -1 : 1));
  }

  private json(): string {
    const shown = this.services().map((s) => ({
      name: s.name,
      namespace: s.namespace,
      ports: s.ports,
      controller: controllerOf(s),
    }));
    return `${JSON.stringify(dashboard(this.name, this.title, shown), undefined, 1)}\n`;
  }
}
