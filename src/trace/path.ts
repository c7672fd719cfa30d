import { queryOf, withoutQuery } from './request';

/** What makes a path another one; most have nothing of it. */
const ODD = /[%\\#]|\/\./;

/** Escapes that stand for letters that need none. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/**
 * The path as Istio's proxies see it: escapes of plain letters are undone, `\` is `/`, `.` and `..` are resolved; repeated
 * slashes and `%2F` stay. Nothing for a path that Envoy refuses with 400.
 * Source: MeshConfig.pathNormalization (BASE by default), Envoy's normalize_path.
 */
export function normalizedPath(path: string): string | undefined {
  if (!ODD.test(path)) return path;
  if (path.includes('#')) return undefined;
  if (!path.startsWith('/')) return path;
  const plain = withoutQuery(path)
    .replaceAll('\\', '/')
    .replace(/%([0-9A-Fa-f]{2})/g, (whole, hex) => {
      const char = String.fromCharCode(Number.parseInt(hex, 16));
      return UNRESERVED.test(char) ? char : whole;
    });
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
