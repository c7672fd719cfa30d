/** Hosts of a Sidecar in a namespace, without those that `<namespace>/*` holds already: istiod warns of hosts said twice. */
export function egressHosts(hosts: readonly string[], namespace: string): string[] {
  const spaceOf = (h: string) => h.slice(0, h.indexOf('/')).replace(/^\.$/, namespace);
  const whole = new Set(hosts.filter((h) => h.endsWith('/*')).map(spaceOf));
  return [...new Set(hosts)].filter((h) => h.endsWith('/*') || !whole.has(spaceOf(h)));
}
