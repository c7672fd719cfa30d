import { byAge, type Config, keyOf } from '../../model/config';
import { items, texts } from '../items';
import type { Found, Rule } from '../rule';
import { isSameObject } from '../same-object';

/** Two ServiceEntries have the same host and port. */
export const serviceEntryTwice: Rule = {
  id: 'MESH092',
  name: 'service-entry-twice',
  severity: 'warning',
  codes: ['KIA1211'],
  summary: 'two ServiceEntries have the same host and port',
  why: 'A proxy knows a host once. The port is taken from the older ServiceEntry, or from the one in its own namespace, and the other says nothing about it: which resolution holds may change when one of them is created anew. ServiceEntries of one namespace that agree in resolution and location share their endpoints, and are right. Those that differ in the protocol are told by another rule. Source: pilot/pkg/model/sidecar.go, canMergeServices.',
  remedy: 'Make one ServiceEntry of the two, or keep them apart by exportTo.',
  *check(mesh) {
    const first = new Map<string, { readonly config: Config; readonly index: number; readonly protocol: string }>();
    for (const config of [...mesh.of('ServiceEntry')].sort(byAge)) {
      const said = new Set<Config>();
      for (const [h, host] of texts(config.spec.hosts))
        for (const [i, port] of items(config.spec.ports)) {
          if (port.number === undefined) continue;
          const key = `${host.toLowerCase()}:${port.number}`;
          const protocol = String(port.protocol ?? '').toUpperCase();
          const known = first.get(key);
          if (!known) first.set(key, { config, index: i, protocol });
          else if (
            known.config !== config &&
            !isSameObject(known.config, config) &&
            known.protocol === protocol &&
            differs(config, known.config) &&
            meet(config, known.config)
          ) {
            if (said.has(known.config)) continue;
            said.add(known.config);
            yield twice(config, known, h, i, host, port.number);
          }
        }
    }
  },
};

const factsOf = ({ spec }: Config) => `${spec.resolution ?? 'NONE'} ${spec.location ?? 'MESH_EXTERNAL'}`;
const differs = (a: Config, b: Config) => a.namespace !== b.namespace || factsOf(a) !== factsOf(b);

/** Whether some namespace sees both. */
function meet(a: Config, b: Config): boolean {
  const see = ({ spec, namespace }: Config): readonly string[] =>
    (spec.exportTo?.length > 0 ? (spec.exportTo as string[]) : ['*']).map((e) => (e === '.' ? namespace : e));
  const [one, other] = [see(a), see(b)];
  if (one.includes('*')) return other.some((e) => e !== '~');
  return other.includes('*') ? one.some((e) => e !== '~') : one.some((e) => e !== '~' && other.includes(e));
}

const twice = (
  config: Config,
  known: { readonly config: Config; readonly index: number },
  h: number,
  i: number,
  host: string,
  port: number,
): Found => ({
  at: { manifest: config.manifest, path: ['spec', 'ports', i] },
  message: `port ${port} of "${host}" is in ServiceEntry "${keyOf(known.config)}" as well, with another ${config.namespace === known.config.namespace ? 'resolution or location' : 'namespace'}: one of the two counts`,
  hint: 'make one ServiceEntry of the two, or set exportTo so that no namespace sees both',
  related: [
    { at: { manifest: config.manifest, path: ['spec', 'hosts', h] }, message: 'the host' },
    { at: { manifest: known.config.manifest, path: ['spec', 'ports', known.index] }, message: 'the same port' },
  ],
});
