import { quoted } from '../values/names';
import type { Caller } from './caller';
import { Version } from './version';

/** Who the caller is to mutual TLS. Throws where that is not known, or is its siblings' too. */
export function identities(caller: Caller, what: string): readonly string[] {
  if (caller instanceof Version) ownIdentity(caller);
  if (caller.principals.length === 0) throw new Error(`${caller.callerName} cannot be ${what}: its service account is not known`);
  return caller.principals;
}

/** Access is decided by identity: a version is told from its siblings by a service account of its own. */
function ownIdentity(c: Version): void {
  const { serviceAccounts } = c.service.facts;
  const mine = serviceAccounts[c.name];
  const shared = Object.keys(serviceAccounts).filter((v) => v !== c.name && serviceAccounts[v] === mine);
  if (shared.length > 0)
    throw new Error(
      `${c.callerName} has the same service account "${mine}" as ${quoted(shared)}: access is decided by identity, so give it its own with versions: { ${c.name}: { serviceAccount: 'own' } }`,
    );
}

/** Throws where the service account of a workload's name is Kubernetes' own, which every pod that names none has. */
export function ownAccount(what: string, name: string): void {
  if (name === 'default')
    throw new Error(
      `${what} would have Kubernetes' own service account "default", which every pod without one has, so whoever lets it in lets all of these in: give it another name`,
    );
}
