// Loaded into the user's app by the commands of `mesh` (node --require): app.synth() writes by our emitter and reports
// what it made, and what ends the app early is reported instead of being dumped.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { App } from 'cdk8s';
import type { Node } from 'constructs';
import type { Cdk8s } from './order';
import { REPORT, report } from './report';

const cdk8s = process.env[REPORT] ? load() : undefined;
if (cdk8s) {
  cdk8s.App.prototype.synth = function synth(this: App): void {
    const { synthesize } = require('./synthesize') as typeof import('./synthesize');
    synthesize(this, cdk8s);
  };
  const { notePlainObjects } = require('./plain-objects') as typeof import('./plain-objects');
  notePlainObjects(cdk8s);
}

// an app that deals with its own errors goes on doing so
if (process.env[REPORT] && isMainThread) {
  Error.stackTraceLimit = 50; // the user's line can be far below ours and those of libraries
  const tell = (thrown: unknown): void => {
    if (process.listenerCount('uncaughtException') > 1) return;
    const { problemsOf } = require('./problem') as typeof import('./problem');
    report({ problems: problemsOf(thrown), stack: thrown instanceof Error ? thrown.stack : undefined });
    process.exit(1);
  };
  process.on('uncaughtException', tell);
}

/** The cdk8s that the app will load; none where it has none, as in the wrappers that start it. */
function load(): (Cdk8s & { App: { prototype: App }; Node: typeof Node }) | undefined {
  try {
    const here = createRequire(join(process.cwd(), 'package.json'));
    const { Node } = createRequire(here.resolve('cdk8s'))('constructs');
    return Object.assign(Object.create(here('cdk8s')), { Node });
  } catch {
    return undefined;
  }
}
