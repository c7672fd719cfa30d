// The tables of docs/protocols.md as data: what they say is asked of the constructs and the trace, and in the real lane of istiod.
import { Port } from '../../src';
import { proseOf } from './pages';

/** One row of the table of protocols. */
export interface ProtocolRow {
  readonly speaks: string;
  readonly port: Port;
  readonly name: string;
  /** Envoy's network filters, without what is the same for all. */
  readonly filters: readonly string[];
  readonly sees: 'requests' | 'TLS' | 'connections';
}

/** Rows of the table whose first column is called so, each by its columns. */
function rows(first: string): Record<string, string>[] {
  const cells = (line: string) =>
    line
      .slice(1, -1)
      .split('|')
      .map((c) => c.trim());
  const lines = proseOf('docs/protocols.md');
  const from = lines.findIndex((l) => l.startsWith('|') && cells(l)[0] === first);
  const head = cells(lines[from]!);
  const rest = lines.slice(from + 2);
  const end = rest.findIndex((l) => !l.startsWith('|'));
  return rest.slice(0, end).map((l) => Object.fromEntries(cells(l).map((c, i) => [head[i]!, c])));
}

const code = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map((m) => m[1]!);

/** The protocols that have a port. */
export const protocols = (): ProtocolRow[] =>
  rows('Speaks')
    .filter((r) => r.Write)
    .map((r) => ({
      speaks: r.Speaks!,
      port: new Function('Port', `return ${code(r.Write!)[0]}`)(Port),
      name: code(r.Name!)[0]!,
      filters: code(r["Envoy's filters"]!),
      sees: r['Envoy sees'] as ProtocolRow['sees'],
    }));

/** What works, by what Envoy sees. */
export const features = (): readonly (Record<ProtocolRow['sees'] | 'UDP', string> & { readonly What: string })[] =>
  rows('What') as never;
