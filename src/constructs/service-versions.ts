import type { Construct } from 'constructs';
import { type Destination, defaultRule, type Origin } from '../routing/table';
import { didYouMean, quoted, text } from '../values/names';
import type { Port } from '../values/port';
import type { HostFacts } from './host-routes';

/** The versions of a service as destinations, and which of them gets what no rule decides. */
export class ServiceVersions {
  /** In the order in which they were given. */
  readonly names: readonly string[];

  constructor(
    private readonly service: { readonly name: string; readonly namespace: string; readonly host: string },
    versions: object,
    private defaultTo: string | undefined,
  ) {
    this.names = Object.keys(versions);
  }

  /** Whether routes have to tell them apart. */
  get several(): boolean {
    return this.names.length > 1;
  }

  /** The version that gets what no rule decides, as far as that is said; else the first. */
  get standsIn(): string {
    return this.defaultTo ?? this.names[0]!;
  }

  /** Throws unless the service has the version. */
  check(name: string): void {
    if (this.names.includes(name)) return;
    text(name, `the version of service "${this.service.name}"`);
    throw new Error(
      `version "${name}" of service "${this.service.name}" is not defined (it has ${quoted(this.names)})${didYouMean(name, this.names)}`,
    );
  }

  /** Makes a version the one that gets what no rule decides. */
  fallBackTo(version: string, by: Construct): void {
    if (this.defaultTo !== undefined && this.defaultTo !== version) {
      throw new Error(
        `"${by.node.path}" makes version "${version}" of service "${this.service.name}" the default, which is "${this.defaultTo}" already: a host has one default`,
      );
    }
    this.defaultTo = version;
  }

  /** The service as a destination, of one version; a service of a single version needs no subset. */
  to(version?: string): Destination {
    return { host: this.service.host, ...(version !== undefined && this.several ? { subset: version } : {}) };
  }

  /** The rules that decide what no other does. The default is asked for when the app settles. */
  fallbacks(ports: readonly Port[], origin: Origin): Pick<HostFacts, 'fallback' | 'l4Fallback'> {
    const l4 = ports.filter((p) => !p.isHttp).map((p) => p.number);
    const l4Fallback = () =>
      l4.map((port) => ({
        name: `default-${port}`,
        tier: 'default' as const,
        match: ports.length > 1 ? { port } : {},
        to: [{ ...this.base(), port }],
        origin,
      }));
    return {
      fallback: () => defaultRule(this.base(), origin),
      ...(this.several && l4.length > 0 ? { l4Fallback } : {}),
    };
  }

  /** Where requests go that no rule decides. */
  private base(): Destination {
    if (this.several && this.defaultTo === undefined) {
      throw new Error(
        `service "${this.service.name}" in namespace "${this.service.namespace}" has versions ${quoted(this.names)} and no rule that chooses among them: set defaultVersion, or add a CanaryRelease`,
      );
    }
    return this.to(this.defaultTo ?? this.names[0]);
  }
}
