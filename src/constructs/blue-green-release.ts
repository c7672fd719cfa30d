import { Construct } from 'constructs';
import type { Condition } from '../values/condition';
import { dnsLabel, kebab } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import { needsService } from './needs-service';
import type { Balanced } from './one-version';
import type { OfRequests } from './opaque-policy';
import type { ServiceHost } from './service-host';
import { tellsItsPath } from './told-at';

/** Properties of a {@link BlueGreenRelease}; a preview is for services that take requests. */
export type BlueGreenReleaseProps<V extends string> = OfRequests<ServiceHost<V, any>, BlueGreenPreview> & BlueGreen<V>;

/** Who sees the other version before everyone does. */
export interface BlueGreenPreview {
  /** These requests get the other one, before everyone does. For HTTP. @default - nobody */
  readonly preview?: Condition;
}

/** The two versions, and which is which. */
export interface BlueGreen<V extends string> {
  /** The service that is released; one of this app, made or adopted. */
  readonly service: ServiceHost<V, any> & Balanced;
  readonly blue: NoInfer<V>;
  readonly green: NoInfer<V>;
  /** Which of the two everyone gets: the word to edit. */
  readonly active: 'blue' | 'green';
}

type Given = BlueGreen<string> & BlueGreenPreview;
const PROPERTIES: Properties<Given> = {
  service: 'service',
  blue: 'text',
  green: 'text',
  active: 'text',
  preview: 'condition?',
};

/**
 * Two versions stand side by side, one gets all requests, and one word switches between them. Tier: release.
 *
 * Compiles to a route of the service's VirtualService for everyone, and one for the preview. Both versions stay subsets of
 * its DestinationRule whichever is active, so that a switch, and the way back, changes the routes alone: nothing that a
 * proxy may still refer to goes. Connections of TCP ports go to the active one as well; those that are open stay where they are.
 */
@tellsItsPath
export class BlueGreenRelease<const V extends string> extends Construct {
  constructor(scope: Construct, id: string, props: BlueGreenReleaseProps<V>) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<Given>(props, PROPERTIES, where);
    const { service, blue, green, active, preview } = props;
    oneOf(active, ['blue', 'green'], `active of ${where}`);
    needsService(service, `the service of ${where}`);
    service.versions.check(blue);
    service.versions.check(green);
    if ((blue as string) === green)
      throw new Error(`blue and green of ${where} are both "${blue}": they have to be two versions`);
    const name = dnsLabel(kebab(id), `name of the rule of ${where}`);
    const [now, other] = active === 'blue' ? [blue, green] : [green, blue];
    service.versions.fallBackTo(now, this);
    if (!preview) service.routes.kept.add(other);
    const to = (version: V) => ({ kind: 'split' as const, to: [service.to(version)] });
    if (preview) {
      service.needHttp('a preview');
      const rule = { name: `${name}-preview`, tier: 'release' as const, order: -1 };
      service.routes.addRule(this, { ...rule, when: preview.matches, action: to(other) });
    }
    if (service.ports.some((p) => p.isHttp)) service.routes.addRule(this, { name, tier: 'release', when: [{}], action: to(now) });
    for (const port of service.ports.filter((p) => !p.isHttp))
      service.routes.addL4Rule(this, {
        name: `${name}-${port.number}`,
        tier: 'release',
        match: service.ports.length > 1 ? { port: port.number } : {},
        to: [{ ...service.to(now), port: port.number }],
      });
  }
}
