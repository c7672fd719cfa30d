import type { Config } from '../../model/config';
import { fullName } from '../../model/host';
import type { CheckedMesh } from '../checked-mesh';
import { HostIndex } from '../host-index';
import { hasTls, widePolicies } from '../mesh-wide-rules';
import type { Rule } from '../rule';

/** A namespace takes mutual TLS alone, and no client is told to speak it. */
export const strictWithoutClientMtls: Rule = {
  id: 'MESH081',
  name: 'strict-without-client-mtls',
  severity: 'error',
  codes: ['KIA0401', 'KIA0501'],
  summary: 'workloads take mutual TLS alone, auto mTLS is off, and no DestinationRule makes clients speak it',
  why: 'Without auto mTLS clients send plaintext unless a DestinationRule says otherwise, and the sidecars of a STRICT namespace close the connection: 503 (flag UC). Only where MeshConfig sets enableAutoMtls to false. Source: pilot/pkg/networking/core/cluster_tls.go.',
  remedy:
    'Turn enableAutoMtls on again, or add a DestinationRule with tls mode ISTIO_MUTUAL for the host "*.<namespace>.svc.cluster.local".',
  *check(mesh) {
    if (mesh.model.mesh.autoMtls) return;
    const asked = hostsWithMutualTls(mesh);
    const other = hostsWithOtherTls(mesh);
    const domain = mesh.model.mesh.domain;
    for (const { config, namespace, mode } of widePolicies(mesh)) {
      if (mode !== 'STRICT') continue;
      const wide = `${namespace === undefined ? '' : `.${namespace}`}.svc.${domain}`;
      if (asked.covers(`any${namespace === undefined ? '.any' : ''}${wide}`)) continue;
      const services = mesh.of('Service').filter((s) => namespace === undefined || s.namespace === namespace);
      const nameOf = (s: Config) => `${s.name}.${s.namespace}.svc.${domain}`;
      const without = services.find((s) => !asked.covers(nameOf(s)) && !other.has(nameOf(s)));
      if (services.length > 0 && !without) continue;
      yield {
        at: { manifest: config.manifest, path: ['spec', 'mtls', 'mode'] },
        message: without
          ? `no client speaks mutual TLS to "${nameOf(without)}", which takes nothing else`
          : `no client speaks mutual TLS to the workloads of ${namespace === undefined ? 'the mesh' : `namespace "${namespace}"`}, which take nothing else`,
        hint: `add a DestinationRule for "*${wide}" with tls mode ISTIO_MUTUAL, or turn enableAutoMtls on again`,
        codes: [namespace === undefined ? 'KIA0401' : 'KIA0501'],
      };
    }
  },
};

/** Hosts whose own DestinationRule says another TLS: tls-mode-not-taken tells of them. */
const hostsWithOtherTls = (mesh: CheckedMesh): ReadonlySet<string> =>
  new Set(
    mesh
      .of('DestinationRule')
      .filter((c) => (c.spec.trafficPolicy?.tls?.mode ?? 'ISTIO_MUTUAL') !== 'ISTIO_MUTUAL')
      .map((c) => fullName(c.spec.host ?? '', c.namespace, mesh.model.mesh.domain)),
  );

const hostsWithMutualTls = (mesh: CheckedMesh): HostIndex =>
  new HostIndex(
    mesh
      .of('DestinationRule')
      .filter((c) => hasTls(c.spec.trafficPolicy, 'ISTIO_MUTUAL'))
      .map((c) => fullName(c.spec.host ?? '', c.namespace, mesh.model.mesh.domain)),
  );
