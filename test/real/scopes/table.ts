/** What istiod sends to some proxies, together. */
export interface Counts {
  readonly clusters: number;
  readonly endpoints: number;
}

/** One mesh of the table. */
export interface Row {
  readonly mesh: string;
  readonly services: number;
  /** Proxies that were asked. */
  readonly proxies: number;
  readonly now: Counts;
  readonly without: Counts;
}

const [BEGIN, END] = ['<!-- counted: begin -->', '<!-- counted: end -->'];

/** The counts for each proxy, as a table of Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const each = (n: number, { proxies }: Row) => (n / proxies).toFixed(1).replace(/\.0$/, '');
  const cells = rows.map((r) => [
    r.mesh,
    String(r.services),
    String(r.proxies),
    each(r.without.clusters, r),
    each(r.now.clusters, r),
    each(r.without.endpoints, r),
    each(r.now.endpoints, r),
    `${Math.floor(1000 * (1 - r.now.endpoints / r.without.endpoints)) / 10} %`,
  ]);
  const head = ['Mesh', 'Services', 'Proxies asked', 'Clusters without', 'with', 'Endpoints without', 'with', 'Endpoints spared'];
  const widths = head.map((h, i) => Math.max(h.length, ...cells.map((c) => c[i]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((c, i) => (i === 0 ? c.padEnd(widths[i]!) : c.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `| ${widths.map((w, i) => (i === 0 ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...cells.map(line)].join('\n');
}

/** The page with the table in its place. Throws where the page has none. */
export function withTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page has no place between "${BEGIN}" and "${END}"`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${table}\n\n${page.slice(to)}`;
}
