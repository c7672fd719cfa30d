import { readdirSync } from 'node:fs';
import path from 'node:path';
import yargs from 'yargs';
import { ApiServer } from './apiserver';
import { Istio } from './istio';
import type { RealContext, RealTest } from './lane';
import { Oracle } from './oracle';
import { cleanUpOnExit } from './processes';
import { RecordingOracle } from './recorded-oracle';
import { Report } from './report';
import { setUp } from './setup';
import { elapsed } from './setup/progress';

const SUFFIX = '.real.ts';

/** The tests of the lane, by their files' names, sorted. */
async function discover(): Promise<RealTest[]> {
  const files = readdirSync(__dirname).filter((file) => file.endsWith(SUFFIX));
  return Promise.all(files.sort().map((file) => import(path.join(__dirname, file)) as Promise<RealTest>));
}

async function main(): Promise<void> {
  const tests = await discover();
  const names = tests.map(({ name }) => name);
  const options = await yargs(process.argv.slice(2))
    .scriptName('npm run test:real --')
    .usage('$0 [options]\n\nproves the output against the real API server, istioctl, istiod and Envoy')
    .option('only', { type: 'string', array: true, choices: names, describe: 'run only these tests' })
    .option('seed', {
      type: 'number',
      describe: 'seed of the random tests',
      defaultDescription: '1, and for the requests of trace another each time',
    })
    .option('count', { type: 'number', describe: 'how many random things to try' })
    .option('record', { type: 'string', describe: 'write to this file what istiod and Envoy answer' })
    .strict()
    .help()
    .parse();
  const report = new Report();
  const since = Date.now();
  let apiserver: ApiServer | undefined;
  try {
    const components = await setUp();
    apiserver = new ApiServer(components);
    const freshSeed = options.seed ?? Math.floor(Date.now() / 1000) % 100_000_000;
    const oracle = new Oracle(components);
    const { count, record } = options;
    const context: RealContext = {
      repository: path.dirname(path.dirname(__dirname)),
      components,
      apiserver,
      istio: new Istio(components),
      oracle: record === undefined ? oracle : new RecordingOracle(oracle, record, { seed: freshSeed, count }),
      seed: options.seed ?? 1,
      freshSeed,
      count,
    };
    console.log(`seed ${context.seed}, of trace ${context.freshSeed}`);
    for (const test of tests.filter(({ name }) => !options.only || options.only.includes(name)))
      await runOne(test, context, report);
  } catch (error) {
    report.fail('the real components can be had', error);
  } finally {
    await apiserver?.stop();
  }
  console.log(`\nthe lane took ${elapsed(since)}`);
  report.end();
  process.exitCode = report.ok ? 0 : 1;
}

async function runOne(test: RealTest, context: RealContext, report: Report): Promise<void> {
  report.begin(test.name);
  const since = Date.now();
  try {
    await test.run(context, report);
  } catch (error) {
    report.fail('runs to its end', error);
  }
  report.progress(`${test.name} took ${elapsed(since)}`);
}

cleanUpOnExit();
void main();
