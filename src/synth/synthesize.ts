import { appendFileSync } from 'node:fs';
import type { App } from 'cdk8s';
import { emit } from './emit';
import type { Cdk8s } from './order';
import { REPORT } from './report';
import { summarize } from './summary';

/** Writes the app's YAML, and tells `mesh synth` about it where that runs the app. */
export function synthesize(app: App, cdk8s: Cdk8s): void {
  const files = emit(app, cdk8s);
  const report = process.env[REPORT];
  if (report) appendFileSync(report, `${JSON.stringify(summarize(app, files))}\n`);
}
