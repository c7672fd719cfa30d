import { candidates } from '../hints';
import { podSpecPath, podsOf } from '../pods';
import type { Rule } from '../rule';
import { accountsOf } from '../service-accounts';

/** Pods run with a service account that is not among those of their namespace. */
export const serviceAccountNotFound: Rule = {
  id: 'MESH168',
  name: 'service-account-not-found',
  severity: 'info',
  codes: [],
  summary: 'pods run with a service account that no ServiceAccount is',
  why: 'Pods whose account is not there are not made, and the Deployment waits without them. Policies know the pods by that account. Found where the manifests hold other ServiceAccounts of the namespace, so that this one is likely to be missed; it may be in the cluster already. Source: Kubernetes, admission plugin ServiceAccount.',
  remedy: 'Add the ServiceAccount, or name one that is there.',
  *check(mesh) {
    const accounts = accountsOf(mesh);
    for (const { serviceAccount, namespace, config } of podsOf(mesh)) {
      const { manifest } = config;
      const known = accounts.get(namespace);
      if (!known || known.has(serviceAccount) || serviceAccount === 'default' || manifest.kind.startsWith('Workload')) continue;
      yield {
        at: { manifest, path: [...podSpecPath(manifest), 'serviceAccountName'] },
        message: `there is no ServiceAccount "${serviceAccount}" in namespace "${namespace}", of which others are among the manifests`,
        hint: candidates(serviceAccount, known),
      };
    }
  },
};
