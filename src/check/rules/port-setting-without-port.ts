import type { FieldPath } from '../../manifests/manifest';
import type { Config } from '../../model/config';
import { isWild } from '../../model/host';
import { candidates } from '../hints';
import { items } from '../items';
import { knownHosts } from '../known-hosts';
import type { Rule } from '../rule';

/** Settings of a DestinationRule for a port that its host does not have. */
export const portSettingWithoutPort: Rule = {
  id: 'MESH183',
  name: 'port-setting-without-port',
  severity: 'warning',
  codes: [],
  summary: 'a DestinationRule has settings for a port that its host does not have',
  why: 'The number is a port of the Service, not that of the container. Settings for another port are for nobody, and the port that was meant keeps those of the host. Source: pilot/pkg/networking/util/util.go, GetPortLevelTrafficPolicy.',
  remedy: 'Write a port of the Service.',
  *check(mesh) {
    const hosts = knownHosts(mesh);
    for (const config of mesh.of('DestinationRule')) {
      const settings = [...portSettings(config)];
      const host: string = config.spec.host ?? '';
      if (settings.length === 0 || isWild(host)) continue;
      const known = hosts.find(host, config.namespace, config.spec.exportTo);
      if (!known || known.ports.length === 0) continue;
      for (const { setting, path } of settings) {
        const number = setting.port?.number;
        if (typeof number !== 'number' || known.ports.includes(number)) continue;
        yield {
          at: { manifest: config.manifest, path: [...path, 'port', 'number'] },
          message: `"${host}" has no port "${number}", so these settings are for nobody`,
          hint: candidates(String(number), known.ports.map(String)),
          ...(known.at ? { related: [{ at: known.at, message: `the ${known.kind} is here` }] } : {}),
        };
      }
    }
  },
};

/** The settings for ports, of the host and of its subsets, each with the policy that it stands in. */
export function* portSettings({
  spec,
}: Config): Iterable<{ readonly policy: any; readonly setting: any; readonly path: FieldPath }> {
  const policies: [any, FieldPath][] = [
    [spec.trafficPolicy, ['spec', 'trafficPolicy']],
    ...items(spec.subsets).map(([i, s]): [any, FieldPath] => [s.trafficPolicy, ['spec', 'subsets', i, 'trafficPolicy']]),
  ];
  for (const [policy, path] of policies)
    for (const [i, setting] of items(policy?.portLevelSettings))
      yield { policy, setting, path: [...path, 'portLevelSettings', i] };
}
