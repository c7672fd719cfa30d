import { Construct } from 'constructs';
import { always } from '../values/condition';
import { dnsLabel, kebab } from '../values/names';
import { checkPercent } from '../values/percent';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { sameApp } from './caller';
import type { Audience, HttpService } from './fault-injection';
import { needsService } from './needs-service';
import type { Balanced } from './one-version';
import type { ServiceHost } from './service-host';
import { tellsItsPath } from './told-at';

/** Properties of a {@link TrafficMirror}. */
export type TrafficMirrorProps<V extends string> = Audience & {
  readonly service: HttpService;
  /** Where the copies go: another service that speaks HTTP, or the same. */
  readonly to: ServiceHost<V, any> & Balanced & { readonly speaksHttp: true };
  /** A version of it. */
  readonly version?: NoInfer<V>;
  /** A port of it. @default - its only HTTP port; of the same service the one that the request came for */
  readonly port?: number;
  readonly over?: 'base' | 'everything';
  /** Date after which it is no longer meant. */
  readonly until?: string;
};

const PROPERTIES: Properties<TrafficMirrorProps<string>> = {
  service: 'service',
  to: 'service',
  version: 'text?',
  port: 'number?',
  over: 'text?',
  until: 'text?',
  when: 'condition?',
  percent: 'number?',
};

/**
 * Sends copies of requests elsewhere; their answers are thrown away. Tier of overlays: experiment.
 *
 * Compiles to `mirrors` on the routes that it meets. Copies of writing requests write twice: limit it with
 * `when: method('GET', 'HEAD')` where that matters.
 */
@tellsItsPath
export class TrafficMirror<const V extends string> extends Construct {
  constructor(scope: Construct, id: string, props: TrafficMirrorProps<V>) {
    super(scope, id);
    checkProperties<TrafficMirrorProps<string>>(props, PROPERTIES, `"${this.node.path}"`);
    const { service, to, version, when = always, over = 'base' } = props;
    const where = `"${this.node.path}"`;
    oneOf(over, ['base', 'everything'], `over of ${where}`);
    needsService(service, `the service of ${where}`);
    needsService(to, `the target of ${where}`);
    service.needHttp(`mirror ${where}`);
    to.needHttp(`the target of mirror ${where}`);
    sameApp(this, to, `the target of mirror ${where}`);
    if (version !== undefined) to.versions.check(version);
    if (props.when === undefined && props.percent === undefined)
      throw new Error(`${where} is for everyone and has no percent: say how many`);
    const percent = checkPercent(props.percent ?? 100, `percent of ${where}`);
    if (percent === 0) throw new Error(`percent of ${where} is 0: it would never happen; remove it instead`);
    if (to === (service as ServiceHost) && version === undefined)
      throw new Error(`${where} mirrors service "${service.name}" to itself: name a version`);
    const name = dnsLabel(kebab(id), `name of ${where}`);
    const ports = to.ports.filter((p) => p.isHttp).map((p) => p.number);
    if (props.port !== undefined && !ports.includes(props.port))
      throw new Error(
        `port of ${where} is ${props.port}, which is not an HTTP port of service "${to.name}" (it has ${ports.join(', ')})`,
      );
    const toItself = to === (service as ServiceHost);
    if (props.port === undefined && ports.length > 1 && !toItself)
      throw new Error(
        `service "${to.name}" has several HTTP ports (${ports.join(', ')}): say which one gets the copies, with port of ${where}`,
      );
    const copies = (port: number, matches: typeof when.matches) =>
      service.routes.addOverlay(this, {
        name,
        tier: 'experiment',
        over,
        when: matches,
        effect: { kind: 'mirror', mirror: { ...to.to(version), port, percent } },
      });
    if (props.port !== undefined || ports.length === 1) copies(props.port ?? ports[0]!, when.matches);
    else
      for (const port of ports)
        copies(
          port,
          when.matches.map((m) => ({ ...m, port })),
        );
    service.routes.expire(name, props.until);
  }
}
