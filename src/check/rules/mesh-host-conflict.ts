import { type Config, keyOf } from '../../model/config';
import { at, filed } from '../fields';
import { HostIndex } from '../host-index';
import { exportScopes, fullHost } from '../known-hosts';
import type { Rule } from '../rule';
import { isSameObject } from '../same-object';

interface Claim {
  readonly config: Config;
  readonly host: string;
  readonly index: number;
}

/** Two VirtualServices for sidecars have the same host. */
export const meshHostConflict: Rule = {
  id: 'MESH030',
  name: 'mesh-host-conflict',
  severity: 'error',
  codes: ['IST0109', 'KIA1106'],
  summary: 'two VirtualServices have the same host for the same sidecars',
  why: 'Sidecars do not merge VirtualServices: the oldest one has the host, and the others do nothing, without a word. Which is oldest is decided by when each was applied. Source: pilot/pkg/networking/core/route/route.go, BuildSidecarVirtualHostWrapper.',
  remedy: 'Put the routes into one VirtualService (delegates may be kept apart), or export each to other namespaces.',
  *check(mesh) {
    const byScope = new Map<string, Map<string, Claim[]>>();
    for (const config of mesh.of('VirtualService')) {
      const gateways = (config.spec.gateways ?? []) as string[];
      if (gateways.length > 0 && !gateways.includes('mesh')) continue;
      const hosts = (config.spec.hosts ?? []) as string[];
      for (const scope of exportScopes(config.spec.exportTo, config.namespace)) {
        const claims = byScope.get(scope) ?? new Map<string, Claim[]>();
        byScope.set(scope, claims);
        // twice the same is a fault of its own
        for (const [index, host] of hosts.entries())
          if (hosts.indexOf(host) === index) filed(claims, fullHost(host, config.namespace), { config, host, index });
      }
    }
    const everywhere = byScope.get('*') ?? new Map<string, Claim[]>();
    const all = new HostIndex(everywhere.keys());
    const told = new Map<Config, Set<string>>();
    for (const [scope, claims] of byScope)
      for (const [host, own] of claims) {
        const others = scope === '*' ? [] : all.meeting(host).flatMap((h) => everywhere.get(h) ?? []);
        const rivals = [...own, ...others];
        if (rivals.length < 2) continue;
        for (const claim of rivals) {
          const other = rivals.find((r) => r !== claim && !isSameObject(r.config, claim.config));
          if (!other) continue;
          const known = told.get(claim.config) ?? new Set<string>();
          told.set(claim.config, known);
          if (known.has(claim.host)) continue;
          known.add(claim.host);
          const self = other.config === claim.config;
          yield {
            at: at(claim.config, 'spec', 'hosts', claim.index),
            message: self
              ? `"${claim.host}" and "${other.host}" are the same host`
              : `"${claim.host}" is a host of VirtualService "${keyOf(other.config)}", too, and sidecars follow only one of them`,
            related: [{ at: at(other.config, 'spec', 'hosts', other.index), message: 'the other one' }],
          };
        }
      }
  },
};
