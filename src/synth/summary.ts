import type { App } from 'cdk8s';
import { AppModel } from '../constructs/app-model';
import type { Binding } from '../routing/cells';
import { describeAction, describeEffect, describeMatches } from '../routing/describe';
import { findings } from '../routing/findings';
import { shownLadder } from '../routing/sharing';
import { type HttpTable, overlayLadder } from '../routing/table';
import type { WrittenFile } from './emit';

/** One rung of a host's ladder: a rule, or an overlay. */
export interface Rung {
  readonly tier: string;
  readonly name: string;
  readonly when: string;
  /** A rule: who gets the request. An overlay: what happens to it. */
  readonly outcome: string;
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
    readonly host: string;
    readonly rules: readonly Rung[];
    readonly overlays: readonly Rung[];
    /** Rules that can never decide, or whose order rests on their names. */
    readonly findings: readonly string[];
  }[];
  /** Who may call whom, where access is closed. */
  readonly access: readonly {
    readonly service: string;
    readonly allowed: readonly string[];
    readonly denied: readonly string[];
  }[];
}

/** Looks at an app that has been synthesized. */
export function summarize(app: App, files: readonly WrittenFile[]): Summary {
  const model = AppModel.find(app);
  const kinds: Record<string, number> = {};
  for (const f of files) for (const o of f.objects) kinds[String(o.kind)] = (kinds[String(o.kind)] ?? 0) + 1;
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
    hosts: [...(model?.tables ?? [])].filter(([, t]) => t.hasRules).map(([host, t]) => ladderOf(host, t.table(), t.binding)),
    access: (model?.services ?? [])
      .filter((s) => s.access.isClosed)
      .map((s) => ({ service: `${s.name}.${s.namespace}`, ...s.access.summary() })),
  };
}

/** The ladder of one host, in the order in which it decides. */
export function ladderOf(host: string, table: HttpTable, binding: Binding): Summary['hosts'][number] {
  const from = (o: { construct: string; source?: string | undefined }) => ({
    construct: o.construct,
    ...(o.source ? { source: o.source } : {}),
  });
  return {
    host,
    findings: findings(table, binding).map((f) => f.message),
    rules: shownLadder(table).map((r) => ({
      tier: r.tier,
      name: r.name,
      when: describeMatches(r.when),
      outcome: describeAction(r.action),
      ...from(r.origin),
    })),
    overlays: overlayLadder(table).map((o) => ({
      tier: o.tier,
      name: o.name,
      when: describeMatches(o.when),
      outcome: describeEffect(o.effect),
      over: o.over,
      ...from(o.origin),
    })),
  };
}
