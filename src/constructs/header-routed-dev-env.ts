import { Construct } from 'constructs';
import type { Origin } from '../routing/table';
import { baggage, type Condition, header, tracestate } from '../values/condition';
import { checkDate } from '../values/date';
import { text } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { AppModel } from './app-model';
import { readEnvironments } from './dev-env-files';
import { type Fork, type ForkProps, ForkService } from './fork-service';
import { fromHere, inWords, originOf } from './origin';
import { ruleName } from './rule-name';
import type { ServiceHost } from './service-host';
import { tellsItsPath, toldAt } from './told-at';

/** By service: which environments fork it, and who says so. */
const forked = new WeakMap<ServiceHost<any, any>, Map<string, Origin>>();

/** What a request carries to be told apart; the services on the way have to pass it on. */
export type Carrier =
  /** A header of its own. */
  | { readonly header: string }
  /** A key of the W3C `baggage` header. */
  | { readonly baggage: string }
  /** A key of the W3C `tracestate` header. */
  | { readonly tracestate: string };

/** Properties of a {@link HeaderRoutedDevEnv}. */
export type HeaderRoutedDevEnvProps = Carrier & {
  /** What the carrier's value is, such as `dev1`; also the suffix of the forks. */
  readonly name: string;
  /** What runs for this environment alone: `reviews.fork({ image: 'reviews:pr-42' })`. */
  readonly forks: readonly Fork[];
  /** Date after which it is no longer meant, such as `2026-12-01`. Data for checks; nothing ends by itself. */
  readonly until?: string;
};

const CARRIERS = ['header', 'baggage', 'tracestate'] as const;
type Given = Partial<Record<(typeof CARRIERS)[number], string>> & Omit<HeaderRoutedDevEnvProps, keyof Carrier>;
const PROPERTIES: Properties<Given> = {
  name: 'text',
  forks: 'list',
  until: 'text?',
  header: 'text?',
  baggage: 'text?',
  tracestate: 'text?',
};

/** A service that environments can fork. */
export type Forkable = ServiceHost<any, any> & { fork(change: ForkProps): Fork };

/**
 * A developer's own copy of some services, for requests that carry the environment's name; everything else, and every
 * service that is not forked, is shared. Tier: development.
 *
 * Compiles for each fork to a Service and a Deployment `<service>-<env>` whose pods lack the service's own selector (no
 * other request can reach them), a rule on the service's table (so it holds in the mesh and at every gateway), and
 * the same policies, allows and Sidecar as the service, also those that are said later. The fork has the service account of
 * the version that it stands for.
 */
@tellsItsPath
export class HeaderRoutedDevEnv extends Construct {
  /** What the carrier's value is. */
  readonly name: string;
  /** What runs for this environment alone, in the order of `forks`. */
  readonly forks: readonly ForkService[];
  private readonly originals: readonly ServiceHost<any, any>[];

  constructor(scope: Construct, id: string, props: HeaderRoutedDevEnvProps) {
    super(scope, id);
    const where = `"${this.node.path}"`;
    checkProperties<Given>(props as Given, PROPERTIES, where);
    this.name = ruleName(props.name, `name of the environment ${where}`);
    if (props.forks.length === 0)
      throw new Error(`environment "${this.name}" forks nothing: give it forks: [service.fork({ image: '…' })]`);
    for (const f of props.forks) checkFork(f, `environment "${this.name}"`);
    if (props.until !== undefined) checkDate(props.until, `until of "${this.name}"`);
    const when = carried(props, this.name, where);
    this.originals = props.forks.map((f) => f.service);
    const twice = this.originals.find((s, i) => this.originals.indexOf(s) !== i);
    if (twice) throw new Error(`environment "${this.name}" forks service "${twice.name}" twice`);
    const origin = originOf(this);
    for (const s of this.originals) this.declareFork(s, origin);
    this.forks = props.forks.map((fork) => {
      fork.service.needHttp('a header-routed environment');
      const service = new ForkService(this, fork.service.name, this.name, fork, props.until);
      fork.service.routes.addRule(this, {
        name: this.name,
        tier: 'development',
        when: when.matches,
        action: { kind: 'split', to: [{ host: service.host }] },
      });
      fork.service.routes.expire(this.name, props.until);
      return service;
    });
  }

  /** A service has one fork for a name, or the second would be for nobody. */
  private declareFork(service: ServiceHost<any, any>, mine: Origin): void {
    const taken = forked.get(service) ?? new Map<string, Origin>();
    forked.set(service, taken);
    const other = taken.get(this.name);
    if (other)
      throw new Error(
        `environment "${this.name}" is declared twice: at ${inWords(other)} and at ${inWords(mine)}, and both make "${service.name}-${this.name}"; give one of them another name, or put all forks into one`,
      );
    taken.set(this.name, mine);
  }

  /**
   * Services that have to pass the carrier on, since a declared call leads through them to a fork. Istio cannot do it
   * for them: a proxy does not know which of a service's calls belongs to which request it got.
   */
  get propagators(): readonly string[] {
    const leads = new Set<unknown>(this.originals);
    const out = new Set<string>();
    const { services } = AppModel.of(this);
    for (let grown = true; grown; ) {
      grown = false;
      for (const s of services) {
        if (s instanceof ForkService || out.has(s.name) || !s.egress.calls?.some((c) => leads.has(c))) continue;
        out.add(s.name);
        leads.add(s);
        grown = true;
      }
    }
    return [...out].sort();
  }

  /**
   * One environment for each YAML or JSON file of a folder (hidden ones aside), so that developers and CI add theirs without touching the app:
   * `name`, `forks` (image, env and replicas by service) and `until`. Throws one error with all that is wrong in all
   * files, each with its line.
   * @param services by the name that the files use
   */
  static fromFiles(
    scope: Construct,
    folder: string,
    services: Readonly<Record<string, Forkable>>,
    carrier: Carrier,
  ): HeaderRoutedDevEnv[] {
    return toldAt(scope.node.path, () => {
      const where = `"${fromHere(text(folder, 'the environments folder'))}"`;
      carried({ ...carrier, name: '', forks: [] }, 'any', `the carrier of the environments of ${where}`);
      checkServices(services, `the services that the files of ${where} may fork`);
      return readEnvironments(scope.node.path, folder, Object.keys(services), (e) => {
        const forks = Object.entries(e.forks).map(([service, change]) => services[service]!.fork(change));
        const until = e.until === undefined ? {} : { until: e.until };
        return new HeaderRoutedDevEnv(scope, `env-${e.name}`, { ...carrier, name: e.name, forks, ...until });
      });
    });
  }
}

/** The condition on the carrier; there is exactly one. */
function carried(props: Given, value: string, where: string): Condition {
  const given = CARRIERS.filter((c) => props[c] !== undefined);
  if (given.length !== 1)
    throw new Error(
      `${where} has ${given.length === 0 ? 'no carrier' : given.join(' and ')}: give it one of header, baggage and tracestate, such as header: 'x-dev-env'`,
    );
  const [carrier] = given;
  return { header, baggage, tracestate }[carrier!](props[carrier!]!).is(value);
}

function checkServices(services: unknown, what: string): void {
  if (typeof services !== 'object' || services === null)
    throw new Error(`${what} are missing: pass them by the name that the files use`);
  for (const [name, s] of Object.entries(services as Record<string, Partial<Forkable>>))
    if (typeof s?.fork !== 'function') throw new Error(`"${name}" of ${what} is none: pass a MeshService or an adopted one`);
}

function checkFork(f: Fork, where: string): void {
  if (typeof f !== 'object' || f === null || !('workload' in f) || !('service' in f))
    throw new Error(`forks of ${where} has something else than a fork: say service.fork({ image: '…' })`);
}
