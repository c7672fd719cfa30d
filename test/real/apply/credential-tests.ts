import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { clientCertificate } from '../apiserver/client-certificates';
import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { app, pathOf } from './app';
import { expectCode, expectEqual, expectSaid, said } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import type { MeshResult } from './mesh';

const HOUR = 3_600_000;

/** Input that ends too soon, and credentials whose time is over: said with the way out, and nothing in the cluster moves. */
export async function credentialTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('untouched');
  const objects = app(namespace, [{ name: 'web' }]);
  const changed = app(namespace, [{ name: 'web', versions: ['v1', 'v2'] }]);
  await lab.install(namespace, objects);
  await allAvailable(lab, namespace);
  const list = `/api/v1/namespaces/default/secrets/${namespace}`;
  const versions = () =>
    Promise.all([...changed.map(pathOf), list].map(async (p) => (await server.get(p))?.metadata.resourceVersion));
  const before = await versions();
  const apply = (file: string, kubeconfig: string) =>
    lab.run(['apply', file, '--set', `default/${namespace}`, '--yes', '--barrier', '1ms', '--kubeconfig', kubeconfig]);
  const writesNothing = async (ended: MeshResult, ...texts: readonly (string | RegExp)[]) => {
    expectCode(ended, 3);
    expectSaid(said(ended), ...texts);
    expectEqual('resourceVersions', await versions(), before);
  };
  await report.check('half a file of YAML beside whole ones: which, where, and nothing in the cluster moves', async () => {
    const whole = readFileSync(server.yaml(changed), 'utf8');
    const half = server.file('half.yaml');
    // in the middle of a document, as a pipe that breaks leaves it
    writeFileSync(half, whole.slice(0, whole.lastIndexOf('"spec"') + 20));
    await writesNothing(await apply(half, server.kubeconfig()), new RegExp(`${half}:\\d+`));
  });
  const file = server.yaml(changed);
  const withUser = (user: object): string => {
    const made = server.kubeconfig();
    const config = JSON.parse(readFileSync(made, 'utf8'));
    config.users[0].user = user;
    writeFileSync(made, JSON.stringify(config));
    return made;
  };
  await report.check(
    'a client certificate whose time is over: since when, and what to do; with a new one it goes on',
    async () => {
      const until = async (end: Date) => {
        const { cert, key } = await clientCertificate(server.running.folder, 'system:masters', 'jane', end);
        const encoded = [cert, key].map((text) => Buffer.from(text).toString('base64'));
        return withUser({ 'client-certificate-data': encoded[0], 'client-key-data': encoded[1] });
      };
      const end = new Date(Math.floor((Date.now() - HOUR) / 1000) * 1000);
      const since = `its client certificate expired on ${end.toISOString()}`;
      await writesNothing(await apply(file, await until(end)), 'context "test"', since, 'log in again');
      const good = await lab.run([
        'status',
        server.yaml(objects),
        '--set',
        `default/${namespace}`,
        '--kubeconfig',
        await until(new Date(Date.now() + HOUR)),
      ]);
      expectCode(good, 0);
    },
  );
  await report.check('a token whose time is over: the same', async () => {
    const until = tokens(lab);
    const [over, good] = [Math.floor(Date.now() / 1000) - 600, Math.floor(Date.now() / 1000) + 600];
    const since = `its token expired on ${new Date(over * 1000).toISOString()}`;
    await writesNothing(await apply(file, withUser({ token: await until(over) })), 'context "test"', since, 'log in again');
    const status = ['status', server.yaml(objects), '--set', `default/${namespace}`];
    expectCode(await lab.run([...status, '--kubeconfig', withUser({ token: await until(good) })]), 0);
  });
}

/** Tokens of an account with all rights, as the server signs them, good until a second. */
function tokens({ server }: Lab): (end: number) => Promise<string> {
  const metadata = { name: 'expires', namespace: 'default' };
  const account: KubeObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'lab-expires' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  } as unknown as KubeObject;
  return async (end) => {
    await server.put([account, binding]);
    const { status } = await server.must('POST', `${pathOf(account)}/token`, {
      type: 'application/json',
      value: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
    });
    const [header, claims] = status.token.split('.');
    const own = JSON.parse(Buffer.from(claims, 'base64url').toString());
    const times = { exp: end, iat: end - 3600, nbf: end - 3600 };
    const signed = `${header}.${Buffer.from(JSON.stringify({ ...own, ...times })).toString('base64url')}`;
    const key = createPrivateKey(readFileSync(path.join(server.running.folder, 'accounts.key')));
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  };
}
