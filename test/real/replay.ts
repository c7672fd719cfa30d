// Runs the test `trace` of the real lane on answers that were recorded with `npm run test:real -- --only trace --record FILE`,
// without the real components, and ends at the first disagreement: `node --import tsx test/real/replay.ts FILE`.
import { RecordedOracle } from './recorded-oracle';
import { Report } from './report';
import { name, run } from './trace.real';

async function main([file]: readonly string[]): Promise<void> {
  if (file === undefined) throw new Error('which file? `npm run test:real -- --only trace --record FILE` makes one');
  const oracle = new RecordedOracle(file);
  const report = new Report();
  report.begin(name);
  await run({ oracle, freshSeed: oracle.run.seed, count: oracle.run.count, bail: true }, report);
  report.end();
  process.exitCode = report.ok ? 0 : 1;
}

void main(process.argv.slice(2));
