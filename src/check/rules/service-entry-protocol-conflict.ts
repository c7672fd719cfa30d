import { type Config, keyOf } from '../../model/config';
import { at, filed } from '../fields';
import { items } from '../items';
import { exportScopes } from '../known-hosts';
import type { Rule } from '../rule';

interface Port {
  readonly config: Config;
  readonly index: number;
  readonly protocol: string;
}

/** Two ServiceEntries say that a host's port speaks different protocols. */
export const serviceEntryProtocolConflict: Rule = {
  id: 'MESH065',
  name: 'service-entry-protocol-conflict',
  severity: 'warning',
  codes: ['IST0177', 'KIA1212'],
  summary: 'ServiceEntries say of one port of a host that it speaks different protocols',
  why: 'istiod makes one listener for the port, of the protocol that it meets first; connections of the other are read wrongly. Source: pilot/pkg/networking/core/listener.go.',
  remedy: 'Say the same protocol in all ServiceEntries of the host, or export them to different namespaces.',
  *check(mesh) {
    const byPort = new Map<string, Map<string, Port[]>>();
    for (const config of mesh.of('ServiceEntry'))
      for (const scope of exportScopes(config.spec.exportTo, config.namespace))
        for (const host of (config.spec.hosts ?? []) as string[])
          for (const [index, p] of items(config.spec.ports)) {
            const key = `${host}:${p.number ?? 0}`;
            const scopes = byPort.get(key) ?? new Map<string, Port[]>();
            byPort.set(key, scopes);
            filed(scopes, scope, { config, index, protocol: String(p.protocol ?? '').toUpperCase() });
          }
    const told = new Set<Config>();
    for (const [key, scopes] of byPort)
      for (const [scope, own] of scopes) {
        const all = scope === '*' ? own : [...own, ...(scopes.get('*') ?? [])];
        if (new Set(all.map((p) => p.protocol)).size < 2) continue;
        for (const p of all) {
          if (told.has(p.config)) continue;
          told.add(p.config);
          const other = all.find((o) => o.protocol !== p.protocol)!;
          yield {
            at: at(p.config, 'spec', 'ports', p.index, 'protocol'),
            message: `"${key}" speaks "${p.protocol}" here, and "${other.protocol}" in ServiceEntry "${keyOf(other.config)}"`,
            related: [{ at: at(other.config, 'spec', 'ports', other.index, 'protocol'), message: 'the other one' }],
          };
        }
      }
  },
};
