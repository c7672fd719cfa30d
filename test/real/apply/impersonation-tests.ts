import { readFileSync, writeFileSync } from 'node:fs';
import { Cluster } from '../../../src/apply';
import type { Report } from '../report';
import { expectEqual } from './expect';
import type { Lab } from './lab';

/** Whom a user of the kubeconfig acts as: the server says who asks it, as it does kubectl. */
export async function impersonationTests({ server }: Lab, report: Report): Promise<void> {
  await report.check('whom a user of the kubeconfig acts as is told as kubectl tells it', async () => {
    const file = server.kubeconfig();
    const config = JSON.parse(readFileSync(file, 'utf8'));
    Object.assign(config.users[0].user, {
      as: 'jane',
      'as-uid': 'u-1',
      'as-groups': ['dev', 'system:masters'],
      'as-user-extra': { scopes: ['a', 'b'], 'example.org/te%am': ['x'] },
    });
    writeFileSync(file, JSON.stringify(config));
    const { stdout } = await server.kubectlWith(file, ['auth', 'whoami', '-o', 'json']);
    const cluster = await Cluster.of({ kubeconfig: file });
    try {
      const { body } = await cluster.send({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        what: 'who asks',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      });
      const { username, uid, groups, extra } = body.status.userInfo;
      const said = { username, uid, groups, extra };
      expectEqual('as kubectl', said, JSON.parse(stdout).status.userInfo);
      expectEqual('as the kubeconfig', said, {
        username: 'jane',
        uid: 'u-1',
        groups: ['dev', 'system:masters', 'system:authenticated'],
        extra: { scopes: ['a', 'b'], 'example.org/te%am': ['x'] },
      });
    } finally {
      await cluster.close();
    }
  });
}
