import { keyOf } from '../../src/manifests/key-of';
import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { type Fact, referencesOf } from '../../src/order/facts/references';
import type { Phases } from '../../src/order/phase';

export const manifest = (apiVersion: string, kind: string, name: string, spec: object, namespace = 'shop'): Manifest =>
  manifestOf({ apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) }, spec }, () => ({
    file: 'test',
    line: 0,
    column: 0,
  }));

export const host = (name: string) => `${name}.shop.svc.cluster.local`;
export const service = (name: string) =>
  manifest('v1', 'Service', name, { selector: { app: name }, ports: [{ name: 'http', port: 80 }] });
export const subsets = (name: string, ...names: string[]) =>
  manifest('networking.istio.io/v1', 'DestinationRule', name, {
    host: host(name),
    subsets: names.map((n) => ({ name: n, labels: { version: n } })),
  });
/** `web` leads to `to`, each a `service/subset` or a service. */
export const routes = (name: string, ...to: string[]) =>
  manifest('networking.istio.io/v1', 'VirtualService', name, {
    hosts: [host(name)],
    http: [
      {
        route: to.map((t) => ({
          destination: { host: host(t.split('/')[0]!), ...(t.includes('/') ? { subset: t.split('/')[1] } : {}) },
        })),
      },
    ],
  });

/** All that is missing at any moment, when the writes of each phase come one by one in an order that `pick` chooses. */
export function gaps(live: readonly Manifest[], { phases }: Phases, pick: (n: number) => number): string[] {
  const state = new Map(live.map((m) => [keyOf(m), m]));
  const facts = new Set(
    [...live, ...phases.flatMap((p) => p.writes.map((w) => w.object))].flatMap((m) => [
      ...referencesOf(m, 'cluster.local').provides,
    ]),
  );
  const out: string[] = [];
  const look = (when: string) => {
    const provided = new Set<Fact>([...state.values()].flatMap((m) => [...referencesOf(m, 'cluster.local').provides]));
    for (const [key, m] of state)
      for (const f of referencesOf(m, 'cluster.local').needs)
        if (facts.has(f) && !provided.has(f)) out.push(`${when}: ${key} lacks ${f}`);
  };
  look('before');
  // deleted in the foreground: there as long as their pods
  const drained = new Set(phases.flatMap((p) => p.gone.map(keyOf)));
  phases.forEach((phase, i) => {
    const writes = [...phase.writes];
    while (writes.length > 0) {
      const [w] = writes.splice(pick(writes.length), 1);
      if (w!.action !== 'delete') state.set(w!.key, w!.object);
      else if (!drained.has(w!.key)) state.delete(w!.key);
      look(`phase ${i}, ${w!.action} ${w!.key}`);
    }
    for (const m of phase.gone) state.delete(keyOf(m));
  });
  return out;
}

/** The objects when all is written. */
export function after(live: readonly Manifest[], { phases }: Phases): Map<string, unknown> {
  const state = new Map(live.map((m) => [keyOf(m), m.object as unknown]));
  for (const w of phases.flatMap((p) => p.writes)) {
    if (w.action === 'delete') state.delete(w.key);
    else state.set(w.key, w.object.object);
  }
  return state;
}

/** Phases as lines: `change DestinationRule shop/web (wide)`. */
export const shown = ({ phases }: Phases): string[][] =>
  phases.map((p) => p.writes.map((w) => `${w.action} ${w.object.kind} ${w.object.name}${w.wide ? ' (wide)' : ''}`).sort());

/** VirtualServices, as discovery tells of them. */
export const VIRTUAL_SERVICES = {
  group: 'networking.istio.io',
  version: 'v1',
  kind: 'VirtualService',
  plural: 'virtualservices',
  namespaced: true,
  verbs: ['patch'],
};
