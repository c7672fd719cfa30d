import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

const PLAINTEXT = /^(?:HTTP2?|GRPC|GRPC-WEB)$/i;

/** A server of a Gateway on the port for TLS speaks plaintext. */
export const plaintextOn443: Rule = {
  id: 'MESH170',
  name: 'plaintext-on-443',
  severity: 'warning',
  codes: [],
  summary: 'a server of a Gateway on port 443 speaks HTTP without TLS',
  why: 'The name of the port is for people; its protocol alone decides whether the gateway ends TLS. Browsers and other clients speak TLS on port 443, and a server for HTTP closes these connections. It works only behind a load balancer that ends TLS and hands plaintext on to the same port. Source: pilot/pkg/networking/core/gateway.go, buildGatewayListeners; pilot/pkg/model/gateway.go.',
  remedy: 'Write `protocol: HTTPS` and `tls` with a `credentialName`; behind a load balancer that ends TLS take port 80.',
  *check(mesh) {
    for (const c of mesh.of('Gateway'))
      for (const [i, { port }] of items(c.spec.servers))
        if (port?.number === 443 && PLAINTEXT.test(port.protocol))
          yield {
            at: at(c, 'spec', 'servers', i, 'port', 'protocol'),
            message: `this server on port 443 speaks "${port.protocol}", without TLS: clients that speak TLS are cut off`,
          };
  },
};
