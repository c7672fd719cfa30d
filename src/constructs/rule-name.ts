import { dnsLabel } from '../values/names';

/** Throws unless a rule may be called so: `default` is what decides when no other does, in Envoy's logs too. */
export function ruleName(name: string, what: string): string {
  if (name === 'default') throw new Error(`${what} is "default", which is what decides when no other does: give it another name`);
  return dnsLabel(name, what);
}

/** The annotation that says when a rule, overlay or environment is no longer meant: a key each, so that many can write them. */
export const expiryOf = (name: string): string => `expires.mesh.cdk8s.io/${name}`;
