import type { Outcome, Step } from './outcome';
import { queryOf, type TraceRequest, withoutQuery } from './request';

/** What makes a path another one, or none; most have nothing of it. */
const ODD = /[#%\\"<>^`{|}]|\/\./;

/** No bytes of a path: HTTP clients escape them. */
const NO_BYTES = /[^\x21-\x7e]/;

/** Escapes that stand for letters that need none. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/**
 * The path as Istio's proxies see it: escapes of plain letters are undone, what URLs may not hold is escaped, `\` is `/`, `.` and
 * `..` are resolved, with what stands behind a `;` after them; repeated slashes and `%2F` stay. Nothing for a path that Envoy
 * refuses with 400. Source: MeshConfig.pathNormalization (BASE by default), Envoy's normalize_path.
 */
export function normalizedPath(path: string): string | undefined {
  if (!ODD.test(path)) return path;
  if (path.includes('#')) return undefined;
  if (!path.startsWith('/')) return path;
  const raw = withoutQuery(path);
  if (raw.includes('%00')) return undefined;
  const plain = raw
    .replace(/(\/\.\.?);[^/]*/g, '$1')
    .replaceAll('\\', '/')
    .replace(/%([0-9A-Fa-f]{2})/g, (whole, hex) => {
      const char = String.fromCharCode(Number.parseInt(hex, 16));
      return UNRESERVED.test(char) ? char : whole;
    })
    .replace(/["<>^`{|}]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const out: string[] = [];
  const segments = plain.split('/').slice(1);
  segments.forEach((s, i) => {
    const last = i === segments.length - 1;
    if (s === '.') {
      if (last) out.push('');
    } else if (s === '..') {
      out.pop();
      if (last) out.push('');
    } else out.push(s);
  });
  return `/${out.join('/')}${queryOf(path)}`;
}

/** The answer to a path that has no normal form. */
export function unusable(path: string, steps: readonly Step[]): Outcome {
  return {
    action: 'local',
    status: 400,
    steps: [...steps, { text: `"#" and %00 may not be in a path: ${path} is answered with 400` }],
  };
}

/** The answer to what is no HTTP where HTTP is spoken. */
export function unspoken(steps: readonly Step[]): Outcome {
  const text = 'what the client says is no HTTP (blanks and letters beyond ASCII have to be escaped in a path): 400';
  return { action: 'local', status: 400, body: 'Bad Request', steps: [...steps, { text }] };
}

/** Whether a request in plain text is HTTP: not with a path of bytes that HTTP has none of. */
export function isSpoken({ path, tls, alpn }: Pick<TraceRequest, 'path' | 'tls' | 'alpn'>): boolean {
  return !NO_BYTES.test(path) && (tls || alpn.length > 0);
}

/** The request as a listener sees it that looks first what is spoken. Source: Envoy's HttpInspector. */
export function asInspected<R extends Pick<TraceRequest, 'path' | 'tls' | 'alpn'>>(request: R): R {
  return request.tls || isSpoken(request) ? request : { ...request, alpn: [] };
}
