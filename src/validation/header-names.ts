import type { Field } from './field';

const TOKEN = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/;
const PSEUDO = new Set([':method', ':scheme', ':authority', ':path', ':status']);
const CLAIMS = '@request.auth.claims';

/** A header or a claim of a token that can be matched. Source: validation.go, ValidateHTTPHeaderNameOrJwtClaimRoute. */
export function matchedHeader(field: Field & { readonly key: string }): void {
  const { key } = field;
  if (isClaim(key) || PSEUDO.has(key) || TOKEN.test(key)) return;
  field.error(key === '' ? 'has no name' : `"${key}" is no name of a header`);
}

/** Whether the name stands for a claim of a token. Source: pkg/jwt, ToRoutingClaim. */
export function isClaim(name: string): boolean {
  if (!name.toLowerCase().startsWith(CLAIMS)) return false;
  const rest = name.slice(CLAIMS.length);
  return (rest.startsWith('.') && rest.length > 1) || (rest.startsWith('[') && rest.endsWith(']') && rest.length > 2);
}

/** A name in corsPolicy. Source: validation.go, ValidateCORSHTTPHeaderName. */
export function corsHeader(field: Field): void {
  if (field.text !== '*' && !TOKEN.test(field.text))
    field.error(field.text === '' ? 'is empty: name a header' : `"${field.text}" is no name of a header`);
}

/** Source: validation.go, ValidateStrictHTTPHeaderName and ValidateProbeHeaderName. */
export function plainHeader(field: Field, underscore: boolean): void {
  const { text } = field;
  if (!(underscore ? /^[-_A-Za-z0-9]+$/ : /^[-A-Za-z0-9]+$/).test(text))
    field.error(
      text === ''
        ? 'is empty: name a header'
        : `"${text}" is no name of a header: letters, digits${underscore ? ', "_"' : ''} and "-"`,
    );
}

/** Whether the name is that of the host. */
export const isAuthority = (name: string): boolean => /^(:authority|host)$/i.test(name);

/** Whether Envoy lets nobody change it, but for the host in requests. */
export const isInternal = (name: string): boolean => name.startsWith(':') || name.toLowerCase() === 'host';
