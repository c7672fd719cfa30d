import { Construct } from 'constructs';
import type { Destination } from '../routing/table';
import { dnsLabel, kebab } from '../values/names';
import { checkPercent, type Percent, weights } from '../values/percent';
import type { Port } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import { ExternalService } from './external-service';
import type { HttpService } from './fault-injection';
import type { Balanced } from './one-version';
import { ServiceHost } from './service-host';
import { tellsItsPath } from './told-at';

/** Properties of a {@link StranglerMigration}. */
export interface StranglerMigrationProps {
  /** The old host, outside the mesh, that speaks HTTP. All its names are migrated. */
  readonly from: ExternalService<any> & { readonly speaksHttp: true };
  /** The service that takes over. */
  readonly to: HttpService & Balanced;
  /** Share of requests that the new service gets already. */
  readonly percent: Percent;
  /** Port of the old host. @default - its only HTTP port */
  readonly fromPort?: number;
  /** Port of the service. @default - its only HTTP port */
  readonly toPort?: number;
}

const PROPERTIES: Properties<StranglerMigrationProps> = {
  from: 'service',
  to: 'service',
  percent: 'number',
  fromPort: 'number?',
  toPort: 'number?',
};

/**
 * An old host and a mesh service share the traffic while one replaces the other: calls to either name are split the
 * same way, so callers can move to the new name at any time. Tier: release.
 *
 * Compiles to rules on both tables. Within its share each host's own rules decide: a canary of the service is a canary of
 * what the service gets. The old server is asked by its own name, whichever name the caller used.
 */
@tellsItsPath
export class StranglerMigration extends Construct {
  constructor(scope: Construct, id: string, props: StranglerMigrationProps) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties(props, PROPERTIES, where);
    const { from, to } = props;
    if (!(from instanceof ExternalService))
      throw new Error(`"from" of ${where} is no ExternalService: a migration leads from a host outside to a service of the mesh`);
    if (!(to instanceof ServiceHost))
      throw new Error(
        `"to" of ${where} is no service of the mesh: a migration leads from a host outside to a service of the mesh`,
      );
    const percent = checkPercent(props.percent, `percent of ${where}`);
    to.needHttp('a migration');
    const fromPort = httpPort(from.ports, props.fromPort, from.calleeName, `fromPort of ${where}`);
    const toPort = httpPort(to.ports, props.toPort, to.calleeName, `toPort of ${where}`);
    const first = from.tables.find((t) => !t.facts.host.startsWith('*'));
    if (from.addressless || !first)
      throw new Error(
        `${where} leads from ${from.calleeName}, whose address only callers know (wildcard hosts, or a block of addresses): requests for service "${to.name}" could not be sent there; give it a whole host name`,
      );
    from.exportEverywhere();
    const [old, fresh] = weights([100 - percent, percent], `the shares of ${where}`);
    const name = dnsLabel(kebab(id), `name of the rule of ${where}`);
    const shares = (...all: (Destination & { readonly weight: number })[]) => all.filter((s) => s.weight > 0);
    to.routes.share(this, {
      name,
      port: toPort,
      to: (own) =>
        shares(
          { host: to.host, table: own, weight: fresh! },
          {
            host: first.facts.host,
            port: fromPort,
            table: first.unshared(),
            weight: old!,
            headers: { request: { set: { ':authority': from.authority(first.facts.host, fromPort) } } },
          },
        ),
    });
    for (const table of from.tables) {
      table.share(this, {
        name,
        port: fromPort,
        to: (own) =>
          shares(
            { host: to.host, port: toPort, table: to.routes.unshared(), weight: fresh! },
            { host: own.host, table: own, weight: old! },
          ),
      });
    }
  }
}

/** The port that is meant: the one that is given, or the only one that speaks HTTP. */
function httpPort(ports: readonly Port[], wanted: number | undefined, whose: string, what: string): number {
  const http = ports.filter((p) => p.isHttp).map((p) => p.number);
  if (http.length === 0) throw new Error(`a migration needs an HTTP port, and ${whose} has none`);
  if (wanted === undefined && http.length > 1)
    throw new Error(`${whose} has several HTTP ports (${http.join(', ')}): say which one is migrated, with ${what}`);
  if (wanted !== undefined && !http.includes(wanted))
    throw new Error(`${what} is ${wanted}, which is not an HTTP port of ${whose} (it has ${http.join(', ')})`);
  return wanted ?? http[0]!;
}
