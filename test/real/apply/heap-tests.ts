import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app } from './app';
import { expectCode, expectEqual } from './expect';
import type { Lab } from './lab';
import { map } from './refused';

/** Services, each of five objects, and ConfigMaps of some text. */
const SERVICES = 300;
const MAPS = 1_500;
const TEXT = 4_000;
/** Megabytes for what JavaScript keeps. */
const HEAP = 320;

/** How much memory a large release takes. */
export async function heapTests(lab: Lab, report: Report): Promise<void> {
  const namespace = lab.namespace('heap');
  const objects = [
    ...app(
      namespace,
      range(SERVICES).map((i) => ({ name: `s${i}` })),
    ),
    ...maps(namespace),
  ];
  const limited = { env: { NODE_OPTIONS: `--max-old-space-size=${HEAP}` } };
  await report.check(`T23 ${objects.length} objects are applied within ${HEAP} MB, and looked at again`, async () => {
    const applied = await lab.apply(namespace, objects, [], limited);
    expectCode(applied, 0);
    expectEqual('written', applied.result.written.length, objects.length);
    expectCode(await lab.status(namespace, objects, [], limited), 0);
  });
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

const maps = (namespace: string): KubeObject[] =>
  range(MAPS).map((i) => map(namespace, `m${i}`, { data: { text: String(i).padEnd(TEXT, 'x') } }));
