import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { VirtualService, type VirtualServiceSpec } from '../../imports/networking.istio.io';
import { type Binding, cellsOf } from '../routing/cells';
import { compile, envoyRoutes } from '../routing/compile';
import { addsUp } from '../routing/effects';
import { compileL4, type L4Rule, l4Accepts, renderTcp, renderTlsRules } from '../routing/l4';
import { renderRoute } from '../routing/render-http';
import { type Sharing, sharing } from '../routing/sharing';
import { type Destination, endsOf, type HttpTable, type Origin, type Overlay, type Rule } from '../routing/table';
import { notablyMany } from '../routing/too-many';
import { checkDate } from '../values/date';
import { AppModel, type Settles } from './app-model';
import { checkRank } from './equal-rank';
import { entriesWithForks, withForks } from './fork-callers';
import { checkRival, sectionsOf } from './host-connections';
import { checkDelegates, type LeftRoutes } from './left-routes';
import { inWords, originOf } from './origin';
import { checkDialled, nameSubset, nameSubsets, partsOf } from './route-facts';
import { expiryOf } from './rule-name';
import { connectionsThroughEgress, throughEgress } from './ways-out';

/** What a rule or overlay is made of, besides where it comes from. */
export type NewRule = Omit<Rule, 'origin' | 'order'> & { readonly order?: number };
/** The same of an overlay. */
export type NewOverlay = Omit<Overlay, 'origin' | 'order'> & { readonly order?: number };

/** Facts about a host that its routes need. */
export interface HostFacts {
  /** The full name, by which clients ask. */
  readonly host: string;
  /** Name of the VirtualService. */
  readonly name: string;
  /** Namespace of the VirtualService. */
  readonly namespace: string;
  /** Ports whose single requests can be routed; without any there are no HTTP routes. */
  readonly httpPorts: readonly number[];
  /** Its ports where clients speak TLS (also HTTPS), and the names that they ask for there. */
  readonly tls?: { readonly ports: readonly number[]; readonly names: readonly string[] };
  /** The rule that decides what no other does. Asked when the app settles. */
  readonly fallback: () => Rule;
  /** Id of the VirtualService's construct. @default 'VirtualService' */
  readonly id?: string;
  /** Namespaces that see the routes. @default - all */
  readonly exportTo?: () => readonly string[] | undefined;
  /** L4 rules that decide what no other does. */
  readonly l4Fallback?: () => readonly L4Rule[];
}

const MESH: Binding = { kind: 'mesh' };

/**
 * All that an app says about one host, from whatever chart: its rules, its overlays, and the VirtualService for the
 * mesh that they compile to, where there is anything to say.
 */
export class HostRoutes implements Settles {
  /** Of the construct whose host it is: errors are told there. */
  readonly node: Construct['node'];
  private readonly rules: Rule[] = [];
  private readonly overlays: Overlay[] = [];
  private readonly l4: L4Rule[] = [];
  private shared: Sharing | undefined;
  private readonly ends = new Map<string, string>();
  /** Subsets that are defined whether or not a route names them. */
  readonly kept = new Set<string>();
  /** What was said with {@link HostRoutes.note}. */
  readonly notes: { readonly text: string; readonly origin: Origin }[] = [];
  private spec: VirtualServiceSpec | undefined;
  private parts: Readonly<Record<string, readonly Origin[]>> = {};
  private size = 0;
  private object: VirtualService | undefined;
  private readonly model: AppModel;
  /** Sidecars read these routes; a gateway has its own. */
  readonly binding = MESH;
  /** Whether routes are needed even without rules: several versions have to be told apart. */
  always = false;
  private left: LeftRoutes | undefined;

  constructor(
    private readonly scope: Construct,
    readonly facts: HostFacts,
  ) {
    this.node = scope.node;
    this.model = AppModel.of(scope);
    const other = this.model.hosts.get(facts.host);
    if (other)
      throw new Error(
        `host "${facts.host}" is declared twice: at ${inWords(originOf(other.scope))} and at ${inWords(originOf(scope))}; refer to the first one instead`,
      );
    this.model.hosts.set(facts.host, this);
    this.model.tables.set(facts.host, this);
    this.model.add(this);
  }

  /** Adds a rule. `from` is the construct that asks for it. */
  addRule(from: Construct, rule: NewRule): void {
    this.sameApp(from);
    this.checkFree(rule.name);
    const added: Rule = { order: 0, ...rule, origin: originOf(from) };
    checkRank(added, this.rules, (r) => [r.action, r.effects], `rules of host "${this.facts.host}":`);
    this.rules.push(added);
    this.model.touch();
  }

  /** Adds an overlay. `from` is the construct that asks for it. */
  addOverlay(from: Construct, overlay: NewOverlay): void {
    this.sameApp(from);
    const added: Overlay = { order: 0, ...overlay, origin: originOf(from) };
    const { effect } = added;
    const alike = addsUp(effect) ? [] : this.overlays.filter((o) => o.effect.kind === effect.kind);
    checkRank(added, alike, (o) => o.effect, `overlays of host "${this.facts.host}", of one kind (${effect.kind}):`);
    this.overlays.push(added);
    this.model.touch();
  }

  /** Adds a rule for connections (TCP ports). */
  addL4Rule(from: Construct, rule: Omit<L4Rule, 'origin'>): void {
    this.sameApp(from);
    const added: L4Rule = { ...rule, origin: originOf(from) };
    checkRival(added, this.l4, this.facts.host);
    this.l4.push(added);
    this.model.touch();
  }

  /** Remembers a date after which a rule or overlay is no longer meant; it is data, and changes nothing else. */
  expire(name: string, until: string | undefined): void {
    if (until === undefined) return;
    this.ends.set(name, checkDate(until, `until of "${name}"`));
  }

  /** Remembers what adds no rule and still explains the ladder, for `mesh precedence`: a release that is aborted. */
  note(from: Construct, text: string): void {
    this.notes.push({ text, origin: originOf(from) });
  }

  /** The rules for connections (TCP ports) in the order in which they decide, for `mesh precedence`. */
  connections(): readonly L4Rule[] {
    return compileL4(this.l4Rules());
  }

  /** Rules for connections, those that decide what no other does among them. */
  private l4Rules(): L4Rule[] {
    const said = this.l4.flatMap((r) => withForks(this.model, [r.match]).map((match) => ({ ...r, match })));
    return [...said, ...(this.always ? (this.facts.l4Fallback?.() ?? []) : [])];
  }

  /** Whether anything was said about the host's requests. */
  get hasRules(): boolean {
    return this.always || this.shared !== undefined || this.rules.length + this.overlays.length > 0;
  }

  /** Shares what no higher tier decides with another host. `from` is the construct that asks for it. */
  share(from: Construct, share: Omit<Sharing, 'origin'>): void {
    this.sameApp(from);
    this.checkFree(share.name);
    if (this.shared)
      throw new Error(
        `"${from.node.path}" shares the traffic of host "${this.facts.host}", which ${inWords(this.shared.origin)} shares already: a host has one share to give; end the first one`,
      );
    this.shared = { ...share, origin: originOf(from) };
    this.model.touch();
  }

  /** The table as it stands, default rule included. */
  table(): HttpTable {
    return this.shared ? sharing(this.unshared(), this.shared) : this.unshared();
  }

  /** The table without what it shares with another host. */
  unshared(): HttpTable {
    const isDefault = this.rules.some((r) => r.tier === 'default');
    return {
      host: this.facts.host,
      ports: this.facts.httpPorts,
      overlays: entriesWithForks(this.model, this.overlays),
      rules: [...entriesWithForks(this.model, this.rules), ...(isDefault ? [] : [this.facts.fallback()])],
    };
  }

  private checkFree(name: string): void {
    const other = [...this.rules, ...(this.shared ? [this.shared] : [])].find((r) => r.name === name);
    if (other)
      throw new Error(
        `host "${this.facts.host}" has a rule "${name}" already, from ${inWords(other.origin)}: give one of them another name`,
      );
  }

  private sameApp(from: Construct): void {
    if (from.node.root !== this.scope.node.root)
      throw new Error(
        `"${from.node.path}" belongs to another app than host "${this.facts.host}": an app writes its own tables only`,
      );
  }

  /** Where a connection from a gateway goes. */
  l4Destinations(port: number, labels: Readonly<Record<string, string>>, namespace: string): readonly Destination[] {
    return (
      compileL4(this.l4Rules()).find((r) => l4Accepts(r.match, { port, labels, namespace }))?.to ?? [
        { host: this.facts.host, port },
      ]
    );
  }

  /**
   * Leaves what no other rule decides to the VirtualService of the host's name, which a controller makes. `from` is the construct
   * that asks for it.
   */
  leaveTo(from: Construct, left: LeftRoutes): void {
    const { name: delegate, namespace } = this.facts;
    this.left = left;
    this.addRule(from, { name: left.name, tier: 'release', when: [{}], action: { kind: 'delegate', name: delegate, namespace } });
  }

  /** Hosts where a controller's VirtualService leads. */
  get leftHosts(): readonly string[] {
    return this.left?.hosts ?? [];
  }

  /**
   * Whether the controller's VirtualService is a delegate: something else is said about the host, or a gateway leads there.
   * Otherwise it is the host's only one.
   */
  get isRoot(): boolean {
    if (!this.left) return false;
    if (this.rules.length + this.overlays.length > 1 || this.shared) return true;
    const gateways = [...this.model.tables.values()].filter((t) => t.binding.kind === 'gateway' && t.hasRules);
    return gateways.some((g) => endsOf(g.table()).has(this.facts.host));
  }

  /** Works out the routes, and tells others what they name. */
  compile(): void {
    const table = this.hasRules && (!this.left || this.isRoot) ? this.table() : undefined;
    const http = throughEgress(this.model, table && this.facts.httpPorts.length > 0 ? compile(table, MESH) : []);
    if (this.left) checkDelegates(http, this.left, this.facts.host);
    this.size = envoyRoutes(http);
    const sections = sectionsOf(this.l4Rules(), this.facts.tls);
    const tcp = connectionsThroughEgress(this.model, sections.tcp);
    const tls = connectionsThroughEgress(this.model, sections.tls);
    checkDialled(this.model, http, this.facts.host, this.overlays);
    nameSubsets(this.model, http);
    for (const subset of this.kept) nameSubset(this.model, this.facts.host, subset);
    for (const r of [...tcp, ...tls]) for (const d of r.to) if (d.subset) nameSubset(this.model, d.host, d.subset);
    this.parts = partsOf(http);
    if (table) this.arrive(table);
    this.spec =
      http.length + tcp.length + tls.length === 0
        ? undefined
        : ({
            hosts: [...new Set([this.facts.host, ...tls.flatMap((r) => r.match.sniHosts!)])],
            ...(http.length > 0 ? { http: http.map(renderRoute) } : {}),
            ...(tcp.length > 0 ? { tcp: tcp.map(renderTcp) } : {}),
            ...(tls.length > 0 ? { tls: renderTlsRules(tls) } : {}),
          } as unknown as VirtualServiceSpec);
  }

  /** Overlays that multiply, before there are too many routes. */
  warnings(): readonly string[] {
    const told = notablyMany(this.facts.host, this.size, () => cellsOf(this.table(), MESH));
    return told === undefined ? [] : [told];
  }

  /** Who calls this host arrives where its routes lead, too. */
  private arrive(table: HttpTable): void {
    const { host } = this.facts;
    const callers = this.model.callersOf(host);
    for (const end of endsOf(table)) {
      if (end !== host) this.model.arrivals.set(end, [...(this.model.arrivals.get(end) ?? []), ...callers]);
    }
  }

  /** Makes the VirtualService, where there is anything to say. */
  render(): void {
    if (this.spec && !this.object) {
      const notes = {
        ...Object.fromEntries([...this.ends].map(([name, until]) => [expiryOf(name), until])),
        // of the names that clients may ask for one is the host by its short name: istioctl takes it for a rival
        ...((this.spec.hosts?.length ?? 0) > 1 ? { 'galley.istio.io/analyze-suppress': 'IST0109' } : {}),
      };
      const annotations = Object.keys(notes).length > 0 ? { annotations: notes } : {};
      const exportTo = this.facts.exportTo?.();
      if (exportTo) this.spec = { ...this.spec, exportTo };
      this.object = new VirtualService(this.scope, this.facts.id ?? 'VirtualService', {
        metadata: { name: `${this.facts.name}${this.left ? '-root' : ''}`, namespace: this.facts.namespace, ...annotations },
        spec: Lazy.any({ produce: () => this.spec }),
      });
      this.model.parts.set(this.object, () => this.parts);
    }
  }
}
