import { applySetTests } from './apply/apply-set-tests';
import { approvedTests } from './apply/approved-tests';
import { barrierTests } from './apply/barrier-tests';
import { conflictTests } from './apply/conflict-tests';
import { contextTests } from './apply/context-tests';
import { credentialTests } from './apply/credential-tests';
import { drainTests } from './apply/drain-tests';
import { driftTests } from './apply/drift-tests';
import { firstApplyTests } from './apply/first-apply-tests';
import { fixedFieldTests } from './apply/fixed-field-tests';
import { flaggerTests } from './apply/flagger-tests';
import { gitopsTests } from './apply/gitops-tests';
import { harnessTests } from './apply/harness-tests';
import { heapTests } from './apply/heap-tests';
import { helmTests } from './apply/helm-tests';
import { impersonationTests } from './apply/impersonation-tests';
import { keptTests } from './apply/kept-tests';
import { killTests } from './apply/kill-tests';
import { kindTests } from './apply/kind-tests';
import { Lab } from './apply/lab';
import { leavingTests } from './apply/leaving-tests';
import { migrationTests } from './apply/migration-tests';
import { outageTests } from './apply/outage-tests';
import { planTests } from './apply/plan-tests';
import { pruneTests } from './apply/prune-tests';
import { releaseTests } from './apply/release-tests';
import { replaceTests } from './apply/replace-tests';
import { rightsTests } from './apply/rights-tests';
import { rolloutTests } from './apply/rollout-tests';
import { secretTextTests } from './apply/secret-text-tests';
import { setTests } from './apply/set-tests';
import { terminalTests } from './apply/terminal-tests';
import { transportTests } from './apply/transport-tests';
import { watchTests } from './apply/watch-tests';
import { webhookTests } from './apply/webhook-tests';
import type { RealContext } from './lane';
import type { Report } from './report';
import { must } from './setup/tools';

export const name = 'apply';

type Tests = (lab: Lab, report: Report, count?: number) => Promise<void>;

/** Tests that share a lab, one after the other; labs are used at the same time, as much of it is waiting. */
const LABS: readonly (readonly Tests[])[] = [
  [
    harnessTests,
    transportTests,
    killTests,
    outageTests,
    kindTests,
    webhookTests,
    leavingTests,
    replaceTests,
    rightsTests,
    terminalTests,
    contextTests,
  ],
  [
    firstApplyTests,
    planTests,
    releaseTests,
    barrierTests,
    conflictTests,
    applySetTests,
    pruneTests,
    migrationTests,
    helmTests,
    rolloutTests,
    driftTests,
    secretTextTests,
    fixedFieldTests,
    setTests,
    impersonationTests,
    drainTests,
  ],
  [gitopsTests, keptTests, approvedTests, watchTests, credentialTests, flaggerTests, heapTests],
];

/** `mesh plan`, `mesh apply` and `mesh status` against a real API server, with faults; a checker replays every change. */
export async function run(context: RealContext, report: Report): Promise<void> {
  await must('the command', 'see what tsc says', 'npm', ['run', '--silent', 'build'], { cwd: context.repository });
  const ended = await Promise.allSettled(
    LABS.map(async (all) => {
      const lab = await Lab.start(context);
      try {
        for (const tests of all) await tests(lab, report, context.count);
      } finally {
        await lab.stop();
      }
    }),
  );
  for (const e of ended) if (e.status === 'rejected') throw e.reason;
}
