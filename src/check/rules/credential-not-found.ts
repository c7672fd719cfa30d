import { keyOf } from '../../model/config';
import { credentialsOf } from '../credentials';
import { candidates } from '../hints';
import type { Rule } from '../rule';
import { secretsOf } from '../secrets';

/** A server of a Gateway names a Secret that is not there. */
export const credentialNotFound: Rule = {
  id: 'MESH026',
  name: 'credential-not-found',
  severity: 'warning',
  codes: ['IST0101'],
  summary: 'a Gateway names a Secret that is not where its pods are',
  why: 'A gateway takes certificates from Secrets of the namespace of its own pods, not of that of the Gateway. Without it, connections to the port are reset. Secrets are often kept elsewhere than manifests: where these hold none of the namespace, this is worth knowing, no more. Source: pilot/pkg/credentials/kube/secrets.go.',
  remedy: 'Put the Secret (or the Certificate that makes it) into the namespace of the gateway’s pods, or mend the name.',
  *check(mesh) {
    const secrets = secretsOf(mesh);
    for (const { at, gateway, name, key } of credentialsOf(mesh)) {
      if (secrets.has(key)) continue;
      yield {
        at,
        // those of a namespace of which there are none are kept elsewhere, most likely
        ...(secrets.knows(key.slice(0, key.indexOf('/'))) ? {} : { severity: 'info' as const }),
        message: `there is no Secret "${key}", which is where the pods of Gateway "${keyOf(gateway)}" look for "${name}"`,
        hint: candidates(key, secrets.names()),
      };
    }
  },
};
