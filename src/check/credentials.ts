import type { Config, Ref } from '../model/config';
import { podsOf } from './analyzed-pods';
import type { CheckedMesh } from './checked-mesh';
import { at } from './fields';
import { items } from './items';

/** A Secret that a server of a Gateway names. */
export interface Credential {
  readonly gateway: Config;
  readonly at: Ref;
  /** As it is written. */
  readonly name: string;
  /** Where the gateway's pods look for it: `namespace/name`. */
  readonly key: string;
}

/** What the Gateways take their certificates from; none of those whose pods are not known. Source: pilot/pkg/credentials/kube/secrets.go. */
export function* credentialsOf(mesh: CheckedMesh): Iterable<Credential> {
  for (const gateway of mesh.of('Gateway')) {
    const [pod] = podsOf(mesh).matching(gateway.spec.selector);
    if (!pod) continue;
    for (const [i, { tls }] of items(gateway.spec.servers)) {
      const name: string | undefined = tls?.credentialName;
      if (!name) continue;
      const key = name.includes('/') ? name : `${pod.namespace}/${name}`;
      yield { gateway, at: at(gateway, 'spec', 'servers', i, 'tls', 'credentialName'), name, key };
    }
  }
}
