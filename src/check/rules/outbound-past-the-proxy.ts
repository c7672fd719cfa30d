import { isControlPlane, podsOf } from '../analyzed-pods';
import { at } from '../fields';
import type { Rule } from '../rule';

const RANGES = 'traffic.sidecar.istio.io/excludeOutboundIPRanges';
const PORTS = 'traffic.sidecar.istio.io/excludeOutboundPorts';
/** Addresses of the node itself: where clouds tell pods who they are. No mesh leads there. */
const LINK_LOCAL = /^169\.254\.\d+\.\d+(\/(1[6-9]|2\d|3[0-2]))?$/;

/** A pod whose connections to some addresses or ports are not the mesh's. */
export const outboundPastTheProxy: Rule = {
  id: 'MESH175',
  name: 'outbound-past-the-proxy',
  severity: 'warning',
  codes: [],
  summary: 'connections of a pod go past its proxy',
  why: 'What the annotation names is not led through the proxy: no routes, no mutual TLS, no limits, no telemetry, and REGISTRY_ONLY and egress gateways do not hold it. A range with a block of the cluster takes calls of the mesh out of it as well, which a server under STRICT then closes. Link-local addresses (169.254.0.0/16), such as that of the metadata of a cloud, are passed by: they belong to the node. Source: tools/istio-iptables/pkg/capture/run.go.',
  remedy:
    'Declare the addresses as a ServiceEntry (`addresses` with resolution NONE for ranges) and leave the annotation out; or keep it to the few addresses that need it, and say why with an ignored finding.',
  *check(mesh) {
    for (const { owner, path, annotations, labels } of podsOf(mesh).all) {
      if (!owner || isControlPlane(labels)) continue;
      for (const name of [RANGES, PORTS]) {
        const said = (annotations[name] ?? '').split(',').map((x) => x.trim());
        const past = said.filter((x) => x !== '' && !(name === RANGES && LINK_LOCAL.test(x)));
        if (past.length === 0) continue;
        const all = name === RANGES && past.some((r) => /\/0+$/.test(r));
        yield {
          at: at(owner, ...path, 'metadata', 'annotations', name),
          ...(all ? { severity: 'error' as const } : {}),
          message: all
            ? 'all that the pod calls goes past its proxy, in plain text and whatever rules say'
            : `calls to ${name === PORTS ? `port ${past.join(', ')}` : past.join(', ')} go past the proxy, whatever rules say`,
          hint:
            name === PORTS
              ? 'declare the host that is called, and leave the port to the proxy'
              : 'a ServiceEntry with these addresses keeps them in the mesh',
        };
      }
    }
  },
};
