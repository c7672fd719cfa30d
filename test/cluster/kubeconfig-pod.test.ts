import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-pod-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Where pods have their account, this machine has nothing: the process looks into the test's folder instead. */
const ASK = `
const fs = require('fs');
const at = (p) => (typeof p === 'string' ? p.replace('/var/run/secrets/kubernetes.io/serviceaccount', process.env.ACCOUNT) : p);
for (const name of ['accessSync', 'existsSync', 'readFileSync']) {
  const real = fs[name];
  fs[name] = (p, ...more) => real(at(p), ...more);
}
const { accessTo } = require(${JSON.stringify(resolve('lib/src/cluster/kubeconfig.js'))});
(async () => {
  const access = await accessTo({});
  const first = await access.credentials();
  fs.writeFileSync(process.env.ACCOUNT + '/token', 'second');
  const second = await access.credentials();
  const tokens = [first, second].map((c) => c.headers.Authorization);
  return { server: access.server.href, namespace: access.namespace, tokens, ca: String(first.agent.options.ca) };
})().then((said) => console.log(JSON.stringify(said)), (e) => console.log(JSON.stringify({ error: e.message })));
`;
const ask = (env: NodeJS.ProcessEnv = {}) =>
  JSON.parse(
    execFileSync(process.execPath, ['-e', ASK], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder, ACCOUNT: join(folder, 'account'), ...env },
    }),
  );

test('in a pod it is its service account, whose token is read anew', () => {
  for (const [name, text] of [
    ['token', 'first'],
    ['ca.crt', 'the authority'],
    ['namespace', 'ci'],
  ] as const)
    writeFileSync(join(folder, name), text);
  expect(ask({ ACCOUNT: folder, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' })).toEqual({
    server: 'https://[fd00::1]/',
    namespace: 'ci',
    tokens: ['Bearer first', 'Bearer second'],
    ca: 'the authority',
  });
});

test('without a kubeconfig, outside of a pod: how to say one', () =>
  expect(ask()).toEqual({ error: 'there is no kubeconfig: set KUBECONFIG, or say --kubeconfig FILE' }));
