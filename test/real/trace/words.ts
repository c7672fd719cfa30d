import { asked, type Disagreement } from './compare';

/** A disagreement for people; with the mesh where a file with the smallest case is named. */
export function disagreementText(id: string, d: Disagreement, file?: string): string {
  const about = 'request' in d.about ? d.case.requests[d.about.request] : d.about;
  return [
    `${id}: ${JSON.stringify(about)}`,
    `  the trace says ${JSON.stringify(d.trace)}`,
    `  the real thing ${JSON.stringify(d.real)}`,
    ...(file ? [`  small case: ${file}`, asked(d.case).mesh.replace(/^/gm, '    ')] : []),
  ].join('\n');
}
