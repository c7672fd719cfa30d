import { isIp } from './ip';

/**
 * URLs as Go takes them: much is let through, such as spaces in a path. Source: Go's net/url, Parse and ParseRequestURI.
 * The result is the scheme, or what is wrong.
 */
function parse(text: string, absolute: boolean): { readonly scheme: string; readonly port: string } | { readonly wrong: string } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) return { wrong: 'it has control characters' };
  if (text === '*') return { scheme: '', port: '' };
  if (text.startsWith(':')) return { wrong: 'it has no scheme before the ":"' };
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:)/.exec(text)?.[0] ?? '';
  let rest = (scheme ? text.slice(scheme.length + 1) : text).split('?')[0]!;
  let port = '';
  if (!rest.startsWith('/')) {
    if (scheme) return { scheme: scheme.toLowerCase(), port };
    if (absolute) return { wrong: 'it has no scheme' };
    if (rest.split('/')[0]!.includes(':')) return { wrong: 'its first part has a ":"' };
  }
  if ((scheme || (!absolute && !rest.startsWith('///'))) && rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash < 0 ? '' : rest.slice(slash);
    const wrong = wrongAuthority(scheme.toLowerCase(), authority);
    if (wrong !== undefined) return { wrong };
    port = /:(\d*)$/.exec(authority)?.[1] ?? '';
  }
  return badEscape(rest) ? { wrong: 'it has a "%" without two digits after it' } : { scheme: scheme.toLowerCase(), port };
}

const badEscape = (text: string) => /%(?![0-9a-fA-F]{2})/.test(text);

function wrongAuthority(scheme: string, authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(at, 0));
  const host = wrongHost(scheme, authority.slice(at + 1));
  if (host !== undefined) return host;
  return /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) && !badEscape(user) ? undefined : 'what stands before "@" is wrong';
}

function wrongHost(scheme: string, host: string): string | undefined {
  const open = host.lastIndexOf('[');
  if (open > 0) return 'a "[" is not the beginning of its host';
  if (open === 0) {
    const close = host.lastIndexOf(']');
    if (close < 0) return 'it has no "]"';
    const [address, port] = [host.slice(1, close), host.slice(close + 1)];
    const ip = address.replace('%25', '%');
    if (!isPort(port)) return `"${port}" is no port`;
    return isIp(ip) && ip.includes(':') && !/[%].*[%<>"\s]/.test(ip) ? undefined : `"${address}" is no IPv6 address`;
  }
  const colon = scheme === 'http' || scheme === 'https' ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon >= 0 && !isPort(host.slice(colon))) return `"${host.slice(colon)}" is no port`;
  // of what is ASCII, only a percent sign may be escaped
  const wrong = /[^\u0080-\uffff]/.exec(
    host.replace(/%25|%[89a-fA-F][0-9a-fA-F]/g, '').replace(/[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/g, ''),
  );
  return wrong ? `its host has "${wrong[0]}"` : undefined;
}

const isPort = (text: string) => /^(:\d*)?$/.test(text);

/** What is wrong about the place of keys, if anything. Source: pkg/config/security/security.go, ParseJwksURI. */
export function wrongHttpUrl(text: string): string | undefined {
  const url = parseWithFragment(text);
  const wrong = 'wrong' in url ? url.wrong : undefined;
  if (wrong !== undefined) return `"${text}" is no URL: ${wrong}`;
  const { scheme, port } = url as { scheme: string; port: string };
  if (scheme !== 'http' && scheme !== 'https') return `"${text}" is no URL that begins with "http://" or "https://"`;
  return port.length > 18 ? `"${text}" has no port but "${port}"` : undefined;
}

function parseWithFragment(text: string) {
  const hash = text.indexOf('#');
  const url = parse(hash < 0 ? text : text.slice(0, hash), false);
  return !('wrong' in url) && hash >= 0 && badEscape(text.slice(hash + 1))
    ? { wrong: 'it has a "%" without two digits after it' }
    : url;
}

const SCHEMES = ['', 'file', 'http', 'https', 'oci'];

/** The place of a plugin; a host without a scheme is one. Source: validation.go, validateWasmPluginURL. */
export function wrongPluginUrl(text: string): string | undefined {
  if (text === '') return 'is missing: say where the plugin is, such as "oci://registry.example.com/plugin:v1"';
  const alone = text === '' || 'wrong' in parse(text, true);
  const whole = alone ? `http://${text}` : text;
  const [strict, url] = [parse(whole, true), parseWithFragment(whole)];
  const wrong = 'wrong' in strict ? strict.wrong : 'wrong' in url ? url.wrong : undefined;
  if (wrong !== undefined) return `"${text}" is no URL: ${wrong}`;
  const { scheme } = strict as { scheme: string };
  return SCHEMES.includes(scheme)
    ? undefined
    : `"${text}" begins with "${scheme}:", and it has to be one of ${SCHEMES.slice(1).join(', ')}`;
}
