import type { CheckReport } from './check';
import type { Diagnostic, Location } from './diagnostic';
import type { Rule, Severity } from './rule';

const LEVEL: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'note' };

/**
 * Findings in SARIF 2.1.0, which code hosts show beside the lines of a change.
 * @param uriOf where a file is: a URI, or a path from the folder that was checked, as URIs have it
 * Source: the OASIS standard sarif-v2.1.0.
 */
export function sarif(report: CheckReport, rules: readonly Rule[], version: string, uriOf: (file: string) => string): object {
  const index = new Map(rules.map((r, i) => [r.id as string, i]));
  const location = (l: Location) => ({
    physicalLocation: {
      artifactLocation: { uri: uriOf(l.file) },
      ...(l.line > 0 ? { region: { startLine: l.line, startColumn: l.column } } : {}),
    },
    ...(l.resource
      ? {
          logicalLocations: [
            {
              fullyQualifiedName: [l.resource.kind, l.resource.namespace, l.resource.name, l.field].filter(Boolean).join('/'),
              kind: 'resource',
            },
          ],
        }
      : {}),
  });
  const result = (d: Diagnostic, suppression?: { readonly reason: string }) => ({
    ruleId: d.id,
    ruleIndex: index.get(d.id),
    level: LEVEL[d.severity],
    message: { text: d.hint ? `${d.message}\n${d.hint}` : d.message },
    locations: [location(d)],
    ...(d.related.length > 0
      ? { relatedLocations: d.related.map((r, id) => ({ id, message: { text: r.message }, ...location(r) })) }
      : {}),
    ...(d.codes.length > 0 ? { properties: { tags: d.codes } } : {}),
    ...(suppression ? { suppressions: [{ kind: 'inSource', justification: suppression.reason }] } : {}),
  });
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'mesh check',
            version,
            rules: rules.map((r) => ({
              id: r.id,
              name: r.name,
              shortDescription: { text: r.summary },
              fullDescription: { text: r.why },
              help: { text: r.remedy },
              defaultConfiguration: { level: LEVEL[r.severity] },
              ...(r.codes.length > 0 ? { properties: { tags: r.codes } } : {}),
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: [
          ...report.diagnostics.map((d) => result(d)),
          ...report.suppressed.map((s) => result(s.diagnostic, s.suppression)),
        ],
      },
    ],
  };
}
