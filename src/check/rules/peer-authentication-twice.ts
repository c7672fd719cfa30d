import { byAge, type Config, keyOf } from '../../model/config';
import { selectedPods } from '../pods';
import type { Found, Rule } from '../rule';
import { isSameObject } from '../same-object';

/** Two PeerAuthentications are about the same workloads, on the same level. */
export const peerAuthenticationTwice: Rule = {
  id: 'MESH071',
  name: 'peer-authentication-twice',
  severity: 'error',
  codes: ['KIA0002', 'KIA0003'],
  summary: 'two PeerAuthentications of a namespace are about the same workloads',
  why: 'They are not merged: the older one counts, then the first by name, and the other does nothing for these workloads. Which mode holds may change when one of them is created anew. RequestAuthentications and AuthorizationPolicies add up, so that several of them are right. Source: pilot/pkg/security/authn/policy_applier.go, ComposePeerAuthentication.',
  remedy: 'Keep one of them, or make their selectors choose different workloads.',
  *check(mesh) {
    const whole = new Map<string, Config>();
    const bySelector = new Map<string, Config>();
    const byPods = new Map<Config, Config>();
    for (const config of [...mesh.of('PeerAuthentication')].sort(byAge)) {
      const labels: Readonly<Record<string, string>> = config.spec.selector?.matchLabels ?? {};
      const entries = Object.entries(labels);
      if (entries.length === 0) {
        const first = whole.get(config.namespace);
        if (first && isSameObject(first, config)) continue;
        if (first) yield twice(config, first, `all workloads of namespace "${config.namespace}"`, 'KIA0002');
        else whole.set(config.namespace, config);
        continue;
      }
      const key = `${config.namespace}/${JSON.stringify(entries.sort())}`;
      const pods = selectedPods(mesh, config.namespace, labels);
      const shared = pods.find((p) => byPods.has(p.config));
      const first = bySelector.get(key) ?? (shared && byPods.get(shared.config));
      if (first && isSameObject(first, config)) continue;
      if (first) {
        const what = shared ? `the pods of ${shared.config.manifest.kind} "${shared.config.name}"` : 'the same workloads';
        yield twice(config, first, what, 'KIA0003');
      }
      if (!bySelector.has(key)) bySelector.set(key, config);
      for (const p of pods) if (!byPods.has(p.config)) byPods.set(p.config, config);
    }
  },
};

function twice({ manifest }: Config, first: Config, what: string, code: string): Found {
  return {
    at: { manifest, path: manifest.object.spec?.selector ? ['spec', 'selector'] : ['spec'] },
    message: `"${manifest.name}" does nothing for ${what}: PeerAuthentication "${keyOf(first)}" goes first`,
    hint: 'keep one of the two, or give them selectors that do not meet',
    related: [{ at: { manifest: first.manifest, path: ['spec'] }, message: 'this one counts' }],
    codes: [code],
  };
}
