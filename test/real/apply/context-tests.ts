import { writeFileSync } from 'node:fs';
import type { Report } from '../report';
import { run } from '../setup/tools';
import { expectCode, expectSaid } from './expect';
import type { Lab } from './lab';
import { map } from './refused';

/** Contexts of a kubeconfig, and their credentials. */
export async function contextTests(lab: Lab, report: Report): Promise<void> {
  const file = lab.server.yaml([map('default', 'clusters')]);
  const mesh = (args: readonly string[]) => lab.mesh(['plan', file, '--set', 'default/clusters', ...args]);
  await report.check('T19 a context that is not there, with the one that is meant', async () => {
    const ended = await mesh(['--context', 'tset']);
    expectCode(ended, 2);
    expectSaid(ended.stderr, '"tset"', 'did you mean', 'test');
  });
  await report.check('T19 credentials that the server does not take', async () => {
    const stranger = lab.server.file('kubeconfig');
    const config = JSON.parse((await run('cat', [lab.server.kubeconfig()])).stdout);
    config.users[0].user.token = 'nonsense';
    writeFileSync(stranger, JSON.stringify(config));
    const ended = await lab.run(['plan', file, '--set', 'default/clusters', '--kubeconfig', stranger]);
    expectCode(ended, 3);
    expectSaid(ended.stderr, /[Uu]nauthorized/, 'test');
  });
  await report.check('T19 two contexts, one after the other', async () => {
    const both = lab.server.file('kubeconfig');
    const config = JSON.parse((await run('cat', [lab.server.kubeconfig()])).stdout);
    config.contexts.push({ name: 'second', context: { cluster: 'test', user: 'admin' } });
    writeFileSync(both, JSON.stringify(config));
    const how = [file, '--set', 'default/clusters', '--kubeconfig', both, '--context', 'test', '--context', 'second'];
    const ended = await lab.run(['apply', '--yes', '--barrier', '100ms', ...how]);
    expectCode(ended, 0);
    expectSaid(ended.stdout, 'test', 'second', '1 written');
  });
}
