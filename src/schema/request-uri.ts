/**
 * The scheme of text that Kubernetes' `isURL` takes (an absolute URL, or a path from the root, whose scheme is empty), in
 * lower case; undefined for what it does not take. Source: `url.ParseRequestURI` of Go's net/url, which
 * k8s.io/apiserver/pkg/cel/library/urls.go asks; the WHATWG URL of JavaScript takes other text.
 */
export function schemeOf(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (text === '' || /[\x00-\x1f\x7f]/.test(text)) return undefined;
  if (text === '*') return '';
  if (text.startsWith(':')) return undefined;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  const rest = (scheme === undefined ? text : text.slice(scheme.length + 1)).replace(/\?.*$/, '');
  if (!rest.startsWith('/')) return scheme?.toLowerCase();
  const [, authority, path] = (scheme !== undefined && /^\/\/([^/]*)(.*)$/.exec(rest)) || [rest, '', rest];
  if (!isEscaped(path!) || !isAuthority(scheme?.toLowerCase() ?? '', authority!)) return undefined;
  return scheme?.toLowerCase() ?? '';
}

const isEscaped = (text: string) => !/%(?![0-9A-Fa-f]{2})/.test(text);

function isAuthority(scheme: string, authority: string): boolean {
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(0, at));
  return /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) && isEscaped(user) && isHost(scheme, authority.slice(at + 1));
}

function isHost(scheme: string, host: string): boolean {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) return false;
  if (bracket === 0) return /^\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%25[^\]]+)?\](?::\d*)?$/.test(host);
  const strict = scheme === 'http' || scheme === 'https';
  const colon = strict ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon >= 0 && !/^:\d*$/.test(host.slice(colon))) return false;
  // only what is not ASCII may be escaped in a host
  return /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"\u0080-\uffff]|%25|%[89A-Fa-f][0-9A-Fa-f])*$/.test(host);
}
