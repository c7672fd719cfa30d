import { ApiObject, App } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Binding } from '../routing/cells';
import type { HttpTable, Origin } from '../routing/table';
import type { Grant } from './access';
import type { HostRoutes } from './host-routes';
import type { ServiceHost } from './service-host';

/** Something that makes its objects when all of the app is known. */
export interface Settles {
  readonly node: Construct['node'];
  /** Phase 1: what others need to know (which subsets routes name). Returns errors. */
  compile?(): void;
  /** Phase 2: makes the objects that are needed and not made yet. */
  render(): void;
}

/** What a SecureNamespace says about its namespace. */
export interface NamespaceFacts {
  /** Whether access is closed unless allowed. */
  readonly denies: boolean;
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
  readonly hosts = new Map<string, HostRoutes>();
  /** What is said about namespaces: by their SecureNamespace, by name. */
  readonly secured = new Map<string, NamespaceFacts>();
  /** Versions that some route names, by host. */
  readonly namedSubsets = new Map<string, Set<string>>();
  /** Who calls a host of this app, by host. */
  private readonly admitted = new Map<string, Grant[]>();
  /** Grants of hosts whose routes lead to this one: their callers arrive here. */
  readonly arrivals = new Map<string, Grant[]>();
  /** Tables by host, and by gateway. */
  readonly tables = new Map<string, { readonly hasRules: boolean; readonly binding: Binding; table(): HttpTable }>();
  /** Services of this app, forks included. */
  readonly services: ServiceHost[] = [];
  /** Where the user's code made a construct, for those that say it. */
  readonly origins = new Map<Construct, Origin>();
  /** Where parts of an object come from, by field path, for those that come from elsewhere than the object. */
  readonly parts = new Map<ApiObject, () => Readonly<Record<string, readonly Origin[]>>>();
  private readonly participants: Settles[] = [];
  private dirty = true;

  private constructor(private readonly root: Construct) {
    root.node.addValidation({ validate: () => this.settle() });
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
    this.touch();
  }

  /** Says that something changed since the app last settled. */
  touch(): void {
    this.dirty = true;
  }

  /** Two objects of one kind, namespace and name: the later would overwrite the earlier in the cluster. */
  private sameNames(): string[] {
    const seen = new Map<string, ApiObject>();
    const errors: string[] = [];
    for (const c of this.root.node.findAll()) {
      if (!(c instanceof ApiObject)) continue;
      const key = `${c.apiGroup}/${c.kind} ${c.metadata.namespace ?? ''}/${c.name}`;
      const other = seen.get(key);
      if (other)
        errors.push(
          `${c.kind} "${c.name}" in namespace "${c.metadata.namespace ?? ''}" is made twice: at "${other.node.path}" and at "${c.node.path}"`,
        );
      seen.set(key, c);
    }
    return errors;
  }

  /** All errors at once, each with its construct's path. */
  private settle(): string[] {
    if (!this.dirty) return [];
    const errors: string[] = [];
    const attempt = (p: Settles, step: () => void) => {
      try {
        step();
      } catch (e) {
        errors.push(`${p.node.path}: ${(e as Error).message}`);
      }
    };
    this.namedSubsets.clear();
    this.arrivals.clear();
    const all = [...this.participants];
    for (const p of all) attempt(p, () => p.compile?.());
    if (errors.length === 0) for (const p of all) attempt(p, () => p.render());
    if (errors.length === 0) errors.push(...this.sameNames());
    this.dirty = errors.length > 0;
    return errors;
  }
}
