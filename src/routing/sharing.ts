import { BASE_TIERS, type Destination, type HttpTable, type Origin, type Rule, ruleLadder } from './table';

/** Who shares the traffic of a host with it. */
export interface Sharing {
  readonly name: string;
  readonly origin: Origin;
  /** The host's port that is shared. @default - all */
  readonly port?: number | undefined;
  /** All shares; what the host keeps has the table that is given. */
  readonly to: (own: HttpTable) => readonly Destination[];
}

/**
 * The table, with the traffic that no higher tier decides shared: the host's releases, its default and what happens to
 * their requests hold within the share that the host keeps.
 */
export function sharing(table: HttpTable, { name, origin, port, to }: Sharing): HttpTable {
  const base = table.rules.filter((r) => BASE_TIERS.includes(r.tier));
  const above = table.rules.filter((r) => !BASE_TIERS.includes(r.tier));
  const others = port === undefined ? [] : table.ports.filter((p) => p !== port);
  const elsewhere = base.flatMap((r) => {
    const when = r.when.flatMap((m) => others.flatMap((p) => (m.port === undefined || m.port === p ? [{ ...m, port: p }] : [])));
    return when.length > 0 ? [{ ...r, when, asked: r.when }] : [];
  });
  return {
    ...table,
    rules: [
      ...above,
      {
        name,
        tier: 'release',
        order: 0,
        when: [others.length > 0 ? { port: port! } : {}],
        origin,
        shares: true,
        action: { kind: 'split', to: to({ ...table, rules: base }) },
      },
      ...elsewhere,
    ],
  };
}

/** The table of the share that the host keeps, where the rule shares its traffic. */
export const keptShare = (rule: Rule, host: string): HttpTable | undefined =>
  rule.shares && rule.action.kind === 'split' ? rule.action.to.find((d) => d.host === host)?.table : undefined;

/** The rules as they decide, for people: below one that shares traffic those that decide within the share that the host keeps. */
export function shownLadder(table: HttpTable): Rule[] {
  return ruleLadder(table).flatMap((rule) => {
    const kept = keptShare(rule, table.host);
    const within = kept ? shownLadder(kept) : [];
    return [rule, ...within.map((r) => ({ ...r, name: `${rule.name}/${r.name}` }))];
  });
}
