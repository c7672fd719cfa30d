// Loaded into the user's app by `mesh synth` (node --require): app.synth() writes by our emitter and reports what it made.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { App } from 'cdk8s';
import type { Cdk8s } from './order';
import { REPORT } from './report';

const cdk8s = process.env[REPORT] ? load() : undefined;
if (cdk8s) {
  cdk8s.App.prototype.synth = function synth(this: App): void {
    const { synthesize } = require('./synthesize') as typeof import('./synthesize');
    synthesize(this, cdk8s);
  };
}

/** The cdk8s that the app will load; none where it has none, as in the wrappers that start it. */
function load(): (Cdk8s & { App: { prototype: App } }) | undefined {
  try {
    return createRequire(join(process.cwd(), 'package.json'))('cdk8s');
  } catch {
    return undefined;
  }
}
