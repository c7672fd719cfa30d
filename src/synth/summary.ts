import type { App } from 'cdk8s';
import { AppModel } from '../constructs/app-model';
import type { Binding } from '../routing/cells';
import { describeAction, describeConnection, describeEffects, describeMatches } from '../routing/describe';
import { findings } from '../routing/findings';
import { describeHeld } from '../routing/held';
import type { L4Rule } from '../routing/l4';
import { shownLadder } from '../routing/sharing';
import { type HttpTable, type Origin, overlayLadder, type Rule } from '../routing/table';
import type { WrittenFile } from './emit';
import type { Problem } from './problem';

/** One rung of a host's ladder: a rule, or an overlay. */
export interface Rung {
  readonly tier: string;
  readonly name: string;
  readonly when: string;
  /** A rule: who gets the request, and what happens to it on the way. An overlay: what happens to it, less where a share of the requests goes to another host. */
  readonly outcome: string;
  /** The default only: name of the rule that takes every request before it. */
  readonly unreachedFor?: string;
  /** Overlays only: whether it is about releases and the default alone. */
  readonly over?: 'everything' | 'base';
  readonly construct: string;
  readonly source?: string;
}

/** What an app made, as data. */
export interface Summary {
  readonly outdir: string;
  readonly files: readonly { readonly file: string; readonly objects: number }[];
  readonly kinds: Readonly<Record<string, number>>;
  readonly services: readonly {
    readonly name: string;
    readonly namespace: string;
    readonly ports: readonly string[];
    readonly versions: readonly string[] /** `null`: not said. */;
    readonly calls: readonly string[] | null;
  }[];
  readonly hosts: readonly {
    /** A host of the mesh, or `gateway <namespace>/<name>`. */
    readonly host: string;
    /** A gateway's: the hosts that clients ask it for. */
    readonly clientHosts?: readonly string[];
    readonly rules: readonly Rung[];
    readonly overlays: readonly Rung[];
    /** Rules for connections of ports that do not speak HTTP. */
    readonly connections?: readonly Rung[];
    /** What was said about the host and adds no rule, in words: a release that is aborted. */
    readonly notes?: readonly Problem[];
  }[];
  /** What is surely or very likely not meant: rules that can never decide, or whose order rests on their names. */
  readonly findings: readonly (Problem & { readonly host: string })[];
  /** What the constructs themselves find worth a look. */
  readonly warnings: readonly Problem[];
  /** Who may call whom, where access is closed. */
  readonly access: readonly {
    readonly service: string;
    readonly allowed: readonly string[];
    readonly denied: readonly string[];
  }[];
}

/** What {@link AppModel} tells of constructs that are right and yet worth a look. */
type Warning = { readonly construct: string; readonly source?: string | undefined; readonly message: string };

/** Looks at an app that has been synthesized. */
export function summarize(app: App, files: readonly WrittenFile[]): Summary {
  const model = AppModel.find(app);
  const kinds: Record<string, number> = {};
  for (const f of files) for (const o of f.objects) kinds[String(o.kind)] = (kinds[String(o.kind)] ?? 0) + 1;
  const tables = [...(model?.tables ?? [])]
    .filter(([host, t]) => t.hasRules || (model?.hosts.get(host)?.connections().length ?? 0) > 0)
    .map(([host, t]) => ({ host, t, table: t.table() }));
  // a model that another copy of this package made may be older than this one
  const warnings = (model as { warnings?(): readonly Warning[] } | undefined)?.warnings?.() ?? [];
  return {
    outdir: app.outdir,
    files: files.map((f) => ({ file: f.file, objects: f.objects.length })),
    kinds: Object.fromEntries(Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1))),
    services: (model?.services ?? []).map((s) => ({
      name: s.name,
      namespace: s.namespace,
      ports: s.ports.map((p) => `${p.protocol} ${p.number}`),
      versions: s.versionNames,
      calls: s.egress.calls?.map((c) => c.host) ?? null,
    })),
    hosts: tables.flatMap(({ host, t, table }) => {
      const ladder = ladderOf(host, table, t.binding.kind === 'gateway' ? clientHosts(host, files) : undefined);
      const own = model?.hosts.get(host);
      const connections = (own?.connections() ?? []).map(connectionRung);
      const isHttp = t.binding.kind === 'gateway' || table.ports.length > 0;
      if (!isHttp && connections.length === 0) return [];
      return {
        ...ladder,
        ...(isHttp ? {} : { rules: [], overlays: [] }),
        ...(connections.length > 0 ? { connections } : {}),
        ...notesOf(own?.notes ?? []),
      };
    }),
    findings: tables.flatMap(({ host, t, table }) => findingsOf(host, table, t.binding)),
    warnings: warnings.map(({ construct, source, message }) => ({ message, ...(source ? { place: source } : {}), construct })),
    access: (model?.services ?? [])
      .filter((s) => s.access.isClosed)
      .map((s) => ({ service: `${s.name}.${s.namespace}`, ...s.access.summary() })),
  };
}

const notesOf = (
  notes: readonly { readonly text: string; readonly origin: Origin }[],
): { readonly notes?: readonly Problem[] } =>
  notes.length === 0
    ? {}
    : { notes: notes.map(({ text, origin }) => ({ message: text, place: origin.source, construct: origin.construct })) };

const findingsOf = (host: string, table: HttpTable, binding: Binding): Summary['findings'] =>
  findings({ ...table, host }, binding).map((f) => ({
    host,
    message: f.message,
    ...(f.origin.source ? { place: f.origin.source } : {}),
    construct: f.origin.construct,
  }));

/** The hosts for which the output binds HTTP routes to a gateway (`gateway <namespace>/<name>`). */
function clientHosts(gateway: string, files: readonly WrittenFile[]): readonly string[] {
  const name = gateway.replace(/^gateway /, '');
  const bound = files
    .flatMap((f) => f.objects)
    .flatMap((o) => {
      const spec = (o.kind === 'VirtualService' ? o.spec : undefined) as
        | { hosts?: string[]; gateways?: string[]; http?: unknown }
        | undefined;
      return spec?.http && spec.gateways?.includes(name) ? (spec.hosts ?? []) : [];
    });
  return [...new Set(bound)];
}

const from = (o: Origin): Pick<Rung, 'construct' | 'source'> => ({
  construct: o.construct,
  ...(o.source ? { source: o.source } : {}),
});

const connectionRung = (r: L4Rule): Rung => ({
  tier: r.tier,
  name: r.name,
  when: describeConnection(r.match),
  outcome: describeAction({ kind: 'split', to: r.to }),
  ...from(r.origin),
});

/** The ladder of one host, in the order in which it decides. */
export function ladderOf(host: string, table: HttpTable, asked?: readonly string[]): Summary['hosts'][number] {
  const rules = shownLadder(table);
  return {
    host,
    ...(asked ? { clientHosts: asked } : {}),
    rules: rules.map((r, i) => {
      const before = rules.slice(0, i).filter((b) => shareOf(b) === shareOf(r));
      const first = r.tier === 'default' && takesAll(r) ? before.find(takesAll) : undefined;
      return {
        tier: r.tier,
        name: r.name,
        when: describeMatches(r.when),
        outcome: [describeAction(r.action), ...describeEffects(r.effects ?? [])].join('; '),
        ...(first ? { unreachedFor: first.name } : {}),
        ...from(r.origin),
      };
    }),
    overlays: overlayLadder(table).map((o) => ({
      tier: o.tier,
      name: o.name,
      when: describeMatches(o.when),
      outcome: describeHeld(table, o),
      over: o.over,
      ...from(o.origin),
    })),
  };
}

const takesAll = (r: Rule): boolean => r.when.some((m) => Object.keys(m).length === 0);

/** A rule that decides within a share of another is named `other/rule`. */
const shareOf = (r: Rule): string => r.name.slice(0, r.name.lastIndexOf('/') + 1);
