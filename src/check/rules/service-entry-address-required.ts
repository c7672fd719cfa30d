import { quoted } from '../../values/names';
import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** Protocols whose connections say no host. */
const BYTES = ['', 'TCP', 'MONGO', 'MYSQL', 'REDIS'];

/** A ServiceEntry for TCP has no address. */
export const serviceEntryAddressRequired: Rule = {
  id: 'MESH034',
  name: 'service-entry-address-required',
  severity: 'warning',
  codes: ['IST0134'],
  summary: 'a ServiceEntry with a port for TCP, MongoDB, MySQL or Redis has no address',
  why: 'A connection of TCP says no host, nor does one of MongoDB, MySQL or Redis (of which istioctl says nothing), so Envoy tells services apart by address. Without one, istiod gives an address only to callers that ask the proxy for names (ISTIO_META_DNS_CAPTURE); for others the port is taken for every address, and the entry takes connections to anything. Source: pilot/pkg/networking/core/listener.go.',
  remedy:
    'Write `addresses`, say what the port speaks (`protocol: TLS`), or switch DNS capture on in MeshConfig (`defaultConfig.proxyMetadata`).',
  *check(mesh) {
    const metadata = mesh.meshConfig.defaultConfig?.proxyMetadata ?? {};
    if (
      metadata.ISTIO_META_DNS_CAPTURE === 'true' &&
      (metadata.ISTIO_META_DNS_AUTO_ALLOCATE === 'true' || metadata.PILOT_ENABLE_IP_AUTOALLOCATE === 'true')
    )
      return;
    for (const c of mesh.of('ServiceEntry')) {
      if (((c.spec.addresses ?? []) as string[]).length > 0 || c.manifest.object.status?.addresses?.length > 0) continue;
      for (const [i, { number, protocol }] of items(c.spec.ports)) {
        const said = String(protocol ?? 'TCP').toUpperCase();
        if (!BYTES.includes(said)) continue;
        yield {
          at: at(c, 'spec', 'ports', i),
          ...(said === 'TCP' || said === '' ? {} : { codes: [] }),
          message: `port "${number ?? ''}" is ${said || 'TCP'}, and ${quoted((c.spec.hosts ?? []) as string[])} has no address to know its connections by`,
          ...(number === 443 ? { hint: 'port 443 speaks TLS: write "protocol: TLS"' } : {}),
        };
        break;
      }
    }
  },
};
