import { Construct } from 'constructs';
import { dnsLabel, kebab } from '../values/names';
import { checkPercent, type Percent, weights } from '../values/percent';
import type { ExternalService } from './external-service';
import type { HttpService } from './fault-injection';

/** Properties of a {@link StranglerMigration}. */
export interface StranglerMigrationProps {
  /** The old host, outside the mesh, that speaks HTTP. */
  readonly from: ExternalService<any> & { readonly speaksHttp: true };
  /** The service that takes over. */
  readonly to: HttpService;
  /** Share of requests that the new service gets already. */
  readonly percent: Percent;
}

/**
 * An old host and a mesh service share the traffic while one replaces the other: calls to either name are split the
 * same way, so callers can move to the new name at any time. Tier: release.
 *
 * Compiles to rules on both tables. A share that goes to the service is decided further by the service's own rules.
 */
export class StranglerMigration extends Construct {
  constructor(scope: Construct, id: string, props: StranglerMigrationProps) {
    super(scope, id);
    const { from, to } = props;
    const percent = checkPercent(props.percent, `percent of "${this.node.path}"`);
    to.needHttp('a migration');
    from.exportEverywhere();
    if (!from.ports.some((p) => p.isHttp)) throw new Error(`a migration needs an HTTP port, and ${from.calleeName} has none`);
    const [old, fresh] = weights([100 - percent, percent], `the shares of "${this.node.path}"`);
    const name = dnsLabel(kebab(id), `name of the rule of "${this.node.path}"`);
    const oldShare = { host: from.host, port: from.ports.find((p) => p.isHttp)!.number, weight: old! };
    const keep = <T extends { weight?: number }>(shares: T[]) => shares.filter((s) => s.weight !== 0);
    // on the service's own host its version is named; on the old host the service's whole table decides
    to.routes.addRule(this, {
      name,
      tier: 'release',
      when: [{}],
      action: {
        kind: 'split',
        to: keep([{ ...to.to(to.facts.defaultVersion ?? to.versionNames[0]), weight: fresh! }, oldShare]),
      },
    });
    from.routes.addRule(this, {
      name,
      tier: 'release',
      when: [{}],
      action: {
        kind: 'split',
        to: keep([
          {
            get table() {
              return to.routes.tableWithout(name);
            },
            host: to.host,
            port: to.ports.find((p) => p.isHttp)!.number,
            weight: fresh!,
          },
          oldShare,
        ]),
      },
    });
  }
}
