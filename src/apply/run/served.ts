/**
 * Why the server does not serve the kind of a CustomResourceDefinition; nothing where it does.
 * Source: apiextensions, v1, the conditions Established and NamesAccepted.
 */
export function unserved(crd: any): string | undefined {
  const conditions: readonly any[] = crd?.status?.conditions ?? [];
  if (conditions.some((c) => c.type === 'Established' && c.status === 'True')) return undefined;
  const refused = conditions.find((c) => c.type === 'NamesAccepted' && c.status === 'False');
  return refused ? `its names are not accepted: ${refused.message}` : 'is not served yet';
}

/** That kinds did not come to be served in time. */
export const neverServed = (left: ReadonlyMap<string, string>): string =>
  `the server does not serve new kinds, so nothing of them was written: ${[...left].map(([name, why]) => `${name} (${why})`).join(', ')}: mend what their conditions say (kubectl get crd NAME -o yaml), and mesh apply again, which goes on from there`;
