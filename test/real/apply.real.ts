import { harnessTests } from './apply/harness-tests';
import { Lab } from './apply/lab';
import { releaseTests } from './apply/release-tests';
import { transportTests } from './apply/transport-tests';
import type { RealContext } from './lane';
import type { Report } from './report';

export const name = 'apply';

/** `mesh plan`, `mesh apply` and `mesh status` against a real API server, with faults; a checker replays every change. */
export async function run(context: RealContext, report: Report): Promise<void> {
  const lab = await Lab.start(context);
  try {
    await harnessTests(lab, report);
    await transportTests(lab, report);
    await releaseTests(lab, report);
  } finally {
    await lab.stop();
  }
}
