import { readFileSync } from 'node:fs';
import path from 'node:path';
import cases from './cases.json';
import type { Compared } from './compare';

/** One of the cases of Istio's analyzers_test.go. */
export interface IstioAnalyzerCase extends Compared {
  /** `IST0101 VirtualService shop/reviews`, of the analyzer that the case is about. */
  readonly expected: readonly string[];
}

/** Source: pkg/config/analysis/analyzers/analyzers_test.go; the files are read from Istio's module. */
export function istioAnalyzerCases(folder: string): IstioAnalyzerCase[] {
  const read = (file: string) => readFileSync(path.join(folder, 'pkg/config/analysis/analyzers', file), 'utf8');
  return cases.map((c, i) => ({
    id: `${i} ${c.name}`,
    yaml: c.files.map(read).join('\n---\n'),
    ...('meshConfigFile' in c && c.meshConfigFile ? { meshConfig: read(c.meshConfigFile) } : {}),
    expected: c.expected,
  }));
}
