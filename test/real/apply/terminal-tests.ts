import type { KubeObject } from '../manifests';
import { expectNone, type Report } from '../report';
import { run } from '../setup/tools';
import { app, namespaceOf, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, expectThat, said } from './expect';
import type { Lab } from './lab';
import { isRun } from './refused';

/** What is said, and asked, and where. */
export async function terminalTests(lab: Lab, report: Report): Promise<void> {
  await secrets(lab, report);
  await terminals(lab, report);
}

const PLANTED = 'correct-horse-battery-staple';

async function secrets(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  await report.check('T21 what a Secret holds is in nothing that is said', async () => {
    const namespace = lab.namespace('secret');
    const secret = (field: 'data' | 'stringData', value: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', namespace },
      [field]: { token: field === 'data' ? Buffer.from(value).toString('base64') : value },
    });
    const values = ['one', 'two', 'three', 'four', 'five'].map((n) => `${PLANTED}-${n}`);
    const outputs: string[] = [];
    const ask = async (objects: readonly KubeObject[], args: readonly string[] = []) => {
      const file = server.yaml([namespaceOf(namespace), ...objects]);
      const how = [file, '--set', 'default/secret', ...args];
      outputs.push(said(await lab.mesh(['plan', '--all', '--json', ...how])));
      outputs.push(said(await lab.mesh(['status', ...how])), said(await lab.mesh(['status', '--json', ...how])));
      outputs.push(said(await lab.mesh(['apply', '--yes', '--all', '--barrier', '100ms', ...how])));
    };
    await server.put([namespaceOf(namespace)]);
    await server.mustKubectl(['apply'], { objects: [secret('stringData', values[0]!)] });
    await ask([secret('stringData', values[1]!)]);
    await ask([secret('data', values[2]!)]);
    // somebody else's value, which is in the way
    await server.apply(pathOf(secret('data', '')), secret('data', values[3]!), 'somebody', true);
    await ask([secret('data', values[4]!)]);
    await ask([{ ...secret('data', ''), data: { token: `${PLANTED}!` } }], ['--take', `Secret/${namespace}/token`]);
    await ask([], ['--max-deletes', '1']);
    expectThat('all of it is told of', outputs.filter((o) => o.includes(`Secret/${namespace}/token`)).length >= 10);
    const forms = values.flatMap((v) => [v, Buffer.from(v).toString('base64')]);
    expectNone(
      'said',
      outputs.flatMap((o) => [...forms, PLANTED].filter((f) => o.includes(f)).map((f) => `${f} in:\n${o.slice(0, 2000)}`)),
    );
  });
}

/** Runs a command on a terminal of its own, and answers what it asks. */
const ANSWERS = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
out, asked = b'', False
while True:
    try: part = os.read(fd, 65536)
    except OSError: break
    if not part: break
    out += part
    if not asked and b'[y/N]' in out:
        asked = True
        os.write(fd, sys.argv[1].encode() + b'\\r')
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

async function terminals(lab: Lab, report: Report): Promise<void> {
  const objects = (namespace: string) => app(namespace, [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
  await report.check('T22 on a terminal there is a bar, in a pipe there are plain lines, and events with --json', async () => {
    const how = (set: string) => [
      lab.server.yaml(objects(lab.namespace('tty'))),
      '--set',
      `default/${set}`,
      '--yes',
      '--barrier',
      '100ms',
    ];
    const piped = await lab.mesh(['apply', ...how('piped')]);
    expectCode(piped, 0);
    expectNone(
      'control characters in a pipe',
      ['\u001b', '\r'].filter((c) => said(piped).includes(c)),
    );
    expectSaid(piped.stderr, /\d+ of \d+ {2}\w+\//);
    const { stdout, code } = await run(
      'python3',
      [
        '-c',
        'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))',
        process.execPath,
        'bin/mesh.js',
        'apply',
        ...how('tty'),
        '--kubeconfig',
        lab.proxy.kubeconfig(),
      ],
      { cwd: lab.repository, env: { ...process.env, TERM: 'xterm' } },
    );
    expectEqual(`the exit code (${stdout.slice(-500)})`, code, 0);
    expectSaid(stdout, /\[=+ *\]/);
    const events = await lab.apply('events', objects(lab.namespace('tty')));
    const types = [...new Set(events.events.map((e) => e.type))].sort();
    expectEqual('the events', types, ['phase', 'result', 'waiting', 'written']);
  });
  await report.check('T22 who is asked on a terminal and says no has nothing written, and who says yes has all', async () => {
    const namespace = lab.namespace('asked');
    const file = lab.server.yaml(objects(namespace));
    const answers = (answer: string) => {
      const how = ['apply', file, '--set', 'default/asked', '--barrier', '100ms', '--kubeconfig', lab.proxy.kubeconfig()];
      return run('python3', ['-c', ANSWERS, answer, process.execPath, 'bin/mesh.js', ...how], {
        cwd: lab.repository,
        env: { ...process.env, TERM: 'xterm' },
      });
    };
    lab.proxy.forget();
    const no = await answers('n');
    expectEqual(`the exit code (${no.stdout.slice(-500)})`, no.code, 1);
    expectSaid(no.stdout, 'apply this to test? [y/N]', 'nothing was written');
    expectEqual('writes', lab.proxy.seen.filter(isRun).length, 0);
    const yes = await answers('y');
    expectEqual(`the exit code (${yes.stdout.slice(-500)})`, yes.code, 0);
    expectThat('it is written', await lab.server.get(`/api/v1/namespaces/${namespace}/services/a`));
  });
  await report.check('nobody to ask: said, and nothing is written', async () => {
    lab.proxy.forget();
    const ended = await lab.mesh(['apply', lab.server.yaml(objects('tty')), '--set', 'default/ask']);
    expectCode(ended, 2);
    expectSaid(ended.stderr, '--yes');
    expectEqual('requests', lab.proxy.seen.length, 0);
  });
}
