import { type ApiObject, App } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import type { Binding } from '../routing/cells';
import type { HttpTable, Origin } from '../routing/table';
import type { ExternalService } from './external-service';
import type { ForkCaller } from './fork-callers';
import type { Grant } from './grant';
import type { HostRoutes } from './host-routes';
import type { MeshJob } from './mesh-job';
import { objectConflicts } from './object-conflicts';
import type { ServiceHost } from './service-host';
import { saidBy } from './told-at';
import type { WayOut } from './ways-out';

/** Something that makes its objects when all of the app is known. */
export interface Settles {
  /** Of the construct at which errors and warnings are told. */
  readonly node: Construct['node'];
  /** Phase 1: what others need to know (which subsets routes name). Returns errors. */
  compile?(): void;
  /** Phase 2: makes the objects that are needed and not made yet. */
  render?(): void;
  /** Phase 3: changes objects that others made. */
  finish?(): void;
  /** What is worth a look, though it may be meant. Asked after the app has settled. */
  warnings?(): readonly string[];
}

/** Where the user's code made what a construct is part of: of the nearest construct above it that says so. */
export function originNear(model: Pick<AppModel, 'origins'>, construct: IConstruct): Origin | undefined {
  for (let c: IConstruct | undefined = construct; c; c = c.node.scope) {
    const origin = model.origins.get(c as Construct);
    if (origin) return origin;
  }
  return undefined;
}

/** What is worth a look, though it may be meant. */
export interface Warning {
  /** Path of the construct. */
  readonly construct: string;
  /** `file:line` of the user's own code. */
  readonly source?: string;
  /** What is worth a look, and the way out; the construct is its subject. */
  readonly message: string;
}

/** What a SecureNamespace says about its namespace. */
export interface NamespaceFacts {
  /** Whether access is closed unless allowed. */
  readonly denies: boolean;
  /** Whether plain text is refused. */
  readonly strict: boolean;
  /** What becomes of calls to hosts that nobody declared; nothing is written in an ambient namespace. */
  readonly outbound: 'REGISTRY_ONLY' | 'ALLOW_ANY' | undefined;
  /** Whether ztunnel stands in for sidecars. */
  readonly ambient: boolean;
  /** The construct that says it. */
  readonly by: Construct;
}

// On the root itself, by a name that other copies of this package know too: `mesh synth` may be one.
const KEY = Symbol.for('cdk8s-mesh.model');
type Root = Construct & { [KEY]?: AppModel };

/**
 * What the constructs of one app know of each other: tables by host, and who makes objects once all is said.
 * It settles when cdk8s validates the app, which comes before anything is rendered.
 */
export class AppModel {
  /** Tables for the mesh, by host. */
  readonly hosts = new Map<string, HostRoutes>();
  /** What is said about namespaces: by their SecureNamespace, by name. */
  readonly secured = new Map<string, NamespaceFacts>();
  /** Versions that some route names, by host. */
  readonly namedSubsets = new Map<string, Set<string>>();
  /** Who calls a host of this app, by host. */
  private readonly admitted = new Map<string, Grant[]>();
  /** Grants of hosts whose routes lead to this one: their callers arrive here. */
  readonly arrivals = new Map<string, Grant[]>();
  /** Hosts outside that this app declares. */
  readonly outside: ExternalService<any>[] = [];
  /** Hosts outside that are behind an egress gateway. */
  readonly waysOut = new Map<string, WayOut>();
  /** Hosts whose calls go to the pod that the client dialled, which no proxy chooses. */
  readonly headless = new Set<string>();
  /** Tables by host, and by gateway. */
  readonly tables = new Map<string, { readonly hasRules: boolean; readonly binding: Binding; table(): HttpTable }>();
  /** Services of this app, forks included. */
  readonly services: ServiceHost[] = [];
  /** Jobs of this app. */
  readonly jobs: MeshJob[] = [];
  /** Forks as callers. */
  readonly forks: ForkCaller[] = [];
  /** Where the user's code made a construct, for those that say it. */
  readonly origins = new Map<Construct, Origin>();
  /** Where parts of an object come from, by field path, for those that come from elsewhere than the object. */
  readonly parts = new Map<ApiObject, () => Readonly<Record<string, readonly Origin[]>>>();
  /** VirtualServices by the hosts where they lead, worked out when it is first asked for: see `moved-routes.ts`. */
  routesTo: Map<string, readonly object[]> | undefined;
  private readonly participants: Settles[] = [];
  private identities: Map<string, (ServiceHost | MeshJob)[]> | undefined;
  private errors: Map<Settles, string[]> = new Map();
  private dirty = true;

  private constructor(private readonly root: Construct) {
    root.node.addValidation({ validate: () => this.settle() }); // cdk8s asks the root first
  }

  /** The model of the construct's app. */
  static of(scope: Construct): AppModel {
    const root = scope.node.root as Root;
    const known = root[KEY];
    if (known) return known;
    const isApp = (root as Construct) instanceof App;
    if (!isApp && root.node.children.length === 0) throw new Error('a mesh construct needs an App above it');
    const model = new AppModel(root);
    root[KEY] = model;
    return model;
  }

  /** The model, where the app has mesh constructs. */
  static find(root: Construct): AppModel | undefined {
    return (root as Root)[KEY];
  }

  /** The list of who calls a host of this app, to be read and added to. */
  callersOf(host: string): Grant[] {
    const known = this.admitted.get(host) ?? [];
    this.admitted.set(host, known);
    return known;
  }

  /** Registers a construct that makes objects when the app settles. */
  add(participant: Settles): void {
    this.participants.push(participant);
    participant.node.addValidation({ validate: () => this.errors.get(participant) ?? [] });
    this.touch();
  }

  /** Says that something changed since the app last settled. */
  touch(): void {
    this.dirty = true;
    this.identities = undefined;
  }

  /** The services and jobs of this app that have the identity. */
  callersAs(principal: string): readonly (ServiceHost | MeshJob)[] {
    if (!this.identities) {
      this.identities = new Map();
      for (const s of [...this.services, ...this.jobs])
        for (const p of s.principals) this.identities.set(p, [...(this.identities.get(p) ?? []), s]);
    }
    return this.identities.get(principal) ?? [];
  }

  /** What is worth a look, though it may be meant: calls that are let in and cannot leave, routes that lead from nowhere. */
  warnings(): readonly Warning[] {
    const told = this.participants.flatMap((p) => (p.warnings?.() ?? []).map((message) => ({ node: p.node, message })));
    if (told.length === 0) return [];
    const origins = new Map([...this.origins].map(([construct, origin]) => [construct.node, origin]));
    return told.map(({ node, message }) => {
      const source = origins.get(node)?.source;
      return { construct: node.path, ...(source ? { source } : {}), message };
    });
  }

  /** Errors of participants are told at their own constructs; what is returned is about several, and begins with one of them. */
  private settle(): string[] {
    if (!this.dirty) return [];
    this.errors.clear();
    this.namedSubsets.clear();
    this.arrivals.clear();
    this.routesTo = undefined;
    const all = [...this.participants];
    this.each(all, (p) => p.compile?.());
    this.each(all, (p) => p.render?.());
    this.each(all, (p) => p.finish?.());
    const conflicts = this.errors.size > 0 ? [] : objectConflicts(this.root, this.makers(), (o) => originNear(this, o)?.source);
    this.dirty = this.errors.size + conflicts.length > 0;
    return conflicts;
  }

  /** Whether an object is what one of our constructs made. */
  private makers(): (o: ApiObject) => boolean {
    const makers = new Set([...this.participants, ...[...this.secured.values()].map((s) => s.by)].map((p) => p.node));
    return (o) => this.parts.has(o) || o.node.scopes.some((s) => makers.has(s.node));
  }

  /**
   * One phase: all of its errors at once, and none after a phase with errors. What a gateway says word for word as the
   * service behind it is one error, told at the first of them.
   */
  private each(all: readonly Settles[], step: (p: Settles) => void): void {
    if (this.errors.size > 0) return;
    const failed = new Map<Settles, string[]>();
    const told = new Set<string>();
    for (const p of all) {
      try {
        step(p);
      } catch (e) {
        const said = saidBy(e);
        if (!told.has(said)) failed.set(p, [said]);
        told.add(said);
      }
    }
    this.errors = failed;
  }
}
