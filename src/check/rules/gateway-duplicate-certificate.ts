import { type Config, keyOf, selects } from '../../model/config';
import { at, selectorText } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';
import { isOtherObject } from '../same-object';

/** Two Gateways of the same pods use one certificate. */
export const gatewayDuplicateCertificate: Rule = {
  id: 'MESH035',
  name: 'gateway-duplicate-certificate',
  severity: 'warning',
  codes: ['IST0138'],
  summary: 'two Gateways of the same pods have the same certificate',
  why: 'Browsers use one HTTP/2 connection for all hosts that a certificate is for. A request for the second host then comes by the connection of the first, whose listener knows only the first Gateway’s routes, and ends with 404. Source: istio.io, common problems, 404 errors when multiple gateways are configured with the same TLS certificate.',
  remedy: 'Put the hosts into one server of one Gateway, and bind the VirtualServices to that.',
  *check(mesh) {
    const byCertificate = new Map<string, Map<string, { gateway: Config; server: number }[]>>();
    const uses: { readonly gateway: Config; readonly server: number; readonly certificate: string; readonly name: string }[] = [];
    for (const gateway of mesh.of('Gateway'))
      for (const [server, { tls }] of items(gateway.spec.servers)) {
        const certificate = certificateOf(tls);
        if (!certificate) continue;
        const selectors = byCertificate.get(certificate) ?? new Map();
        byCertificate.set(certificate, selectors);
        const key = selectorText(gateway.spec.selector);
        const same = selectors.get(key) ?? [];
        selectors.set(key, same);
        // two Gateways are enough to find another than oneself
        if (same.length < 2 && (!same[0] || isOtherObject(same[0].gateway, gateway))) same.push({ gateway, server });
        uses.push({ gateway, server, certificate, name: tls.credentialName ?? tls.serverCertificate });
      }
    const known = new Map<string, readonly { gateway: Config; server: number }[]>();
    for (const { gateway, server, certificate, name } of uses) {
      const key = `${certificate} ${selectorText(gateway.spec.selector)}`;
      let alike = known.get(key);
      if (!alike) {
        const groups = [...byCertificate.get(certificate)!.values()];
        alike = groups.filter((same) => selects(gateway.spec.selector, same[0]!.gateway.spec.selector ?? {})).flat();
        known.set(key, alike);
      }
      const other = alike.find((o) => isOtherObject(o.gateway, gateway));
      if (!other) continue;
      const field = gateway.spec.servers[server].tls.credentialName ? 'credentialName' : 'serverCertificate';
      yield {
        at: at(gateway, 'spec', 'servers', server, 'tls', field),
        message: `the certificate "${name}" is also that of Gateway "${keyOf(other.gateway)}", which is for the same pods`,
        related: [{ at: at(other.gateway, 'spec', 'servers', other.server, 'tls', field), message: 'the other one' }],
      };
    }
  },
};

/** Two servers have the same certificate where this is the same; nothing where none is written. */
function certificateOf(tls: any): string | undefined {
  if (tls?.credentialName) return `credential ${tls.credentialName}`;
  return tls?.serverCertificate && tls.privateKey ? `files ${tls.serverCertificate} ${tls.privateKey}` : undefined;
}
