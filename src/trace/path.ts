import type { Outcome, Step } from './outcome';
import { queryOf, withoutQuery } from './request';

/** What makes a path another one, or none; most have nothing of it. */
const ODD = /[^\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a~]|%|\/\./;

/** No bytes of a path: HTTP clients escape them. */
const NO_PATH = /[^\x21-\x7e]|#/;

/** Escapes that stand for letters that need none. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/**
 * The path as Istio's proxies see it: escapes of plain letters are undone, what URLs may not hold is escaped, `\` is `/`, `.` and
 * `..` are resolved, with what stands behind a `;` after them; repeated slashes and `%2F` stay. Nothing for a path that Envoy
 * refuses with 400. Source: MeshConfig.pathNormalization (BASE by default), Envoy's normalize_path.
 */
export function normalizedPath(path: string): string | undefined {
  if (!ODD.test(path)) return path;
  if (NO_PATH.test(path)) return undefined;
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

/** The answer to a path that has no normal form. Bytes that are not HTTP's are refused before anything else is looked at. */
export function unusable(path: string, steps: readonly Step[]): Outcome {
  const bytes = /[^\x21-\x7e]/.test(path);
  const why = bytes ? 'blanks and letters beyond ASCII have to be escaped' : '"#" and %00 may not be in it';
  return {
    action: 'local',
    status: 400,
    ...(bytes ? { body: 'Bad Request' } : {}),
    steps: [...steps, { text: `the path is answered with 400: ${why}` }],
  };
}
