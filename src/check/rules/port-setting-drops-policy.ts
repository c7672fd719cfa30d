import { quoted } from '../../values/names';
import type { Rule } from '../rule';
import { portSettings } from './port-setting-without-port';

/** What is lost for the port where its settings do not say it, the worst first. */
const FIELDS = ['tls', 'connectionPool', 'outlierDetection', 'loadBalancer'] as const;

/** Settings for a port that take away what is said for all ports. */
export const portSettingDropsPolicy: Rule = {
  id: 'MESH184',
  name: 'port-setting-drops-policy',
  severity: 'warning',
  codes: [],
  summary: 'settings for a port take away what is said for all ports',
  why: "A port's settings replace the policy around them wholesale: what they do not say has its default for this port, not what stands beside them. So limits, outlier detection, TLS and hashing are lost in silence. Source: pilot/pkg/networking/util/util.go, GetPortLevelTrafficPolicy.",
  remedy: 'Repeat in the settings of the port what is to count there, too.',
  *check(mesh) {
    for (const config of mesh.of('DestinationRule'))
      for (const { policy, setting, path } of portSettings(config)) {
        // those of a subset replace what is said for the host, too
        const saying = (f: string) =>
          [path.slice(0, -2), ['spec', 'trafficPolicy']].find((_, i) => matters(f, [policy, config.spec.trafficPolicy][i]?.[f]));
        const lost = FIELDS.filter((f) => setting[f] === undefined && saying(f));
        if (lost.length === 0) continue;
        yield {
          at: { manifest: config.manifest, path },
          message: `${quoted(lost)} ${lost.length > 1 ? 'do' : 'does'} not count for port ${setting.port?.number}: its settings replace all of it`,
          hint: `repeat ${quoted(lost)} here, if ${lost.length > 1 ? 'they are' : 'it is'} to count for the port`,
          related: [{ at: { manifest: config.manifest, path: [...saying(lost[0]!)!, lost[0]!] }, message: 'lost for the port' }],
        };
      }
  },
};

/** How a load balancer takes turns is no great loss; that a client stays with a pod is. */
const matters = (field: string, value: any): boolean =>
  value !== undefined && value !== null && (field !== 'loadBalancer' || Boolean(value.consistentHash));
