import type { App } from 'cdk8s';
import { emit } from './emit';
import type { Cdk8s } from './order';
import { ASK_ONLY, REPORT, report } from './report';
import { summarize } from './summary';

/** Writes the app's YAML, and tells the command that runs the app about it, where one does. */
export function synthesize(app: App, cdk8s: Cdk8s): void {
  const files = emit(app, cdk8s, { write: !process.env[ASK_ONLY] });
  if (process.env[REPORT]) report({ summary: summarize(app, files) });
}
