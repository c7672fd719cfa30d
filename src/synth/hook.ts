// Loaded into the user's app by `mesh synth` (node --require): app.synth() writes by our emitter and reports what it made.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { App } from 'cdk8s';
import type { Cdk8s } from './order';

const report = process.env.CDK8S_MESH_REPORT;
if (report) {
  const cdk8s = load();
  if (cdk8s) {
    cdk8s.App.prototype.synth = function synth(this: App): void {
      const { emit } = require('./emit') as typeof import('./emit');
      const { summarize } = require('./summary') as typeof import('./summary');
      const files = emit(this, cdk8s);
      appendFileSync(report, `${JSON.stringify(summarize(this, files))}\n`);
    };
  }
}

/** The cdk8s that the app will load; none where it has none, as in the wrappers that start it. */
function load(): (Cdk8s & { App: { prototype: App } }) | undefined {
  try {
    return createRequire(join(process.cwd(), 'package.json'))('cdk8s');
  } catch {
    return undefined;
  }
}
