import type { Field } from './field';
import { isIp } from './ip';
import { isLabel, tell, wrongName, wrongWildName } from './names';

/**
 * A host of a VirtualService at a gateway: with `sni`, also a name that Istio makes for clusters, such as
 * `outbound_.80_._.reviews.shop.svc.cluster.local`.
 * Source: agent/validation.go, ValidateWildcardDomainForVirtualServiceBoundToGateway.
 */
export function wrongSni(name: string, sni: boolean): string | undefined {
  if (!sni || !name.startsWith('outbound_') || name.length > 255) return wrongWildName(name);
  const [, port = '', , host] = name.split('_');
  if (host === undefined || !/\d/.test(port) || !/[a-zA-Z]/.test(trimDots(host)))
    return `"${name}" is no name of a cluster: it has to be "outbound_.<port>_._.<host>"`;
  return undefined;
}

const trimDots = (text: string) => text.replace(/^\.+|\.+$/g, '');

/** A `*` that stands for part of a label. Source: agent/validation.go, ValidatePartialWildCard. */
export const isPartlyWild = (host: string): boolean => host.includes('*') && host.length !== 1 && !host.startsWith('*.');

/**
 * `namespace/host` of a Gateway, which may leave the namespace out, or of a Sidecar.
 * Source: agent/validation.go, ValidateNamespaceSlashWildcardHostname.
 */
export function scopedHost(field: Field, of: 'Gateway' | 'Sidecar', internal = false): void {
  const { text } = field;
  const at = text.indexOf('/');
  if (at < 0) {
    if (of === 'Gateway') hostPart(field, text, of);
    else
      field.error(`"${text}" has no namespace: write "./${text}" for this one's, "*/${text}" for any, or "<namespace>/${text}"`);
    return;
  }
  const [first, host] = [text.slice(0, at), text.slice(at + 1)];
  const namespace = of === 'Sidecar' && first.startsWith('~') ? first.slice(1) : first;
  if (first === '' || host === '') field.error(`"${text}" has an empty part: write "<namespace>/<host>"`);
  const words = of === 'Sidecar' ? ['', '*', '.'] : internal ? ['*', '.', '~'] : ['*', '.'];
  if (!words.includes(namespace) && !isLabel(namespace))
    field.error(`"${first}" before the "/" is no namespace: it has to be "*", "." or the name of one`);
  hostPart(field, host, of);
}

/** Source: agent/validation.go, validateSidecarOrGatewayHostnamePart. */
function hostPart(field: Field, host: string, of: 'Gateway' | 'Sidecar'): void {
  if (host !== '*' && !host.includes('.'))
    field.error(`"${host}" is a short name: write it in full, such as "${host || 'reviews'}.<namespace>.svc.cluster.local"`);
  const wrong = wrongWildName(host);
  if (wrong !== undefined && !(of === 'Gateway' && isIp(host))) field.error(wrong);
  if (isPartlyWild(host)) field.error(`"${host}" has a "*" that is not the whole first part: "*.example.com" is possible`);
}

/** The full name of a host, or its address. */
export function nameOrIp(field: Field): void {
  if (!isIp(field.text)) tell(field, wrongName(field.text));
}
