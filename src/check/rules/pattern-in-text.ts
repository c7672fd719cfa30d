import type { FieldPath } from '../../manifests/manifest';
import type { Ref } from '../../model/config';
import { writtenRules } from '../bound-matches';
import type { CheckedMesh } from '../checked-mesh';
import { items, texts } from '../items';
import type { Rule } from '../rule';

/** Text that is compared letter by letter has signs of a pattern. */
export const patternInText: Rule = {
  id: 'MESH169',
  name: 'pattern-in-text',
  severity: 'warning',
  codes: [],
  summary: 'text that is compared letter by letter looks like a pattern',
  why: 'In a VirtualService `exact` and `prefix` are text: the prefix "/api/*" takes paths with a star in them, and "/users/{id}" paths with braces. In an AuthorizationPolicy a star is a wildcard at one end of a path alone; anywhere else it is a star, and ".*" is a full stop before one. So the match is never met: a route goes to nobody, an ALLOW lets nobody in, a DENY keeps nobody out. Source: pilot/pkg/networking/core/route/route.go, TranslateRouteMatch; pilot/pkg/security/authz/matcher/path.go.',
  remedy:
    'Write `regex` where a pattern is meant; a prefix needs no star. In an AuthorizationPolicy `{*}` is one part of a path.',
  *check(mesh) {
    yield* inRoutes(mesh);
    yield* inPolicies(mesh);
  },
};

/** What hardly any path or host has in it, and patterns of one kind or another do. */
const IN_PATH = /\.?\*|\.\+|\\[dwsDWS./-]|\[[^\]]*\]|\{[^}]*\}|\||\(\?/;
const IN_HOST = /\.?\*|\.\+|\\\.|\|/;
const IN_METHOD = /\*|\|/;
/** Values may hold nearly anything. */
const IN_VALUE = /\.[*+]|\\[dwsDWS.]|\(\?/;
const IN_HEADER = new RegExp(`${IN_VALUE.source}|^\\*.|[^*/]\\*$`);

function* inRoutes(mesh: CheckedMesh) {
  for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
    for (const [j, match] of items(rule.match))
      for (const { path, value, signs } of compared(match))
        for (const kind of ['exact', 'prefix'] as const) {
          const text: unknown = value?.[kind];
          // a star alone stands for anything, or is told elsewhere
          if (typeof text !== 'string' || text === '*' || !signs.test(text)) continue;
          // a path that does not begin with a slash is never met, whatever follows
          if (signs === IN_PATH && !text.startsWith('/')) continue;
          yield {
            at: at('match', j, ...path, kind),
            message: `"${text}" is compared letter by letter, and "${signs.exec(text)![0]}" is no pattern in it`,
            hint: routeHint(text, kind, signs),
          };
        }
}

interface Compared {
  readonly path: FieldPath;
  readonly value: any;
  readonly signs: RegExp;
}

function* compared(match: any): Iterable<Compared> {
  yield { path: ['uri'], value: match.uri, signs: IN_PATH };
  yield { path: ['authority'], value: match.authority, signs: IN_HOST };
  yield { path: ['method'], value: match.method, signs: IN_METHOD };
  // types of media have stars
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const)
    for (const [name, value] of Object.entries(match[field] ?? {}))
      yield { path: [field, name], value, signs: field === 'queryParams' || /^accept/i.test(name) ? IN_VALUE : IN_HEADER };
}

function routeHint(text: string, kind: 'exact' | 'prefix', signs: RegExp): string {
  const [, before] = /^(.*?)(?:\.[*+]|\*{1,2})$/.exec(text) ?? [];
  if (before !== undefined && !signs.test(before) && (kind === 'prefix' || before !== '')) return `prefix: ${before}`;
  const part = signs === IN_PATH ? '[^/]' : '.';
  const regex = text
    .replace(/\{[^}]*\}/g, `${part}+`)
    // stars that are no regex's
    .replace(/(?<![.\])\\])\*+/g, (stars) => (stars.length > 1 ? '.*' : `${part}*`))
    .replace(/(?<!\\)\.(?![*+])/g, signs === IN_HOST ? '\\.' : '.');
  return `regex: ${regex.includes('|') && kind === 'prefix' ? `(?:${regex})` : regex}${kind === 'prefix' ? '.*' : ''}`;
}

function* inPolicies(mesh: CheckedMesh) {
  for (const { spec, manifest } of mesh.of('AuthorizationPolicy'))
    for (const [i, rule] of items(spec.rules))
      for (const [j, { operation }] of items(rule.to))
        for (const field of ['paths', 'notPaths'])
          for (const [k, path] of texts(operation?.[field])) {
            // with braces it is a template, of which istiod says what is wrong; without a slash it is told elsewhere
            if (path.includes('{') || !/^[/*]/.test(path)) continue;
            const [sign] = /\.[*+]|\\[dw.]|\[[^\]]*\]|\*/.exec(bare(path)) ?? (/\.\*$/.test(path) ? ['.*'] : []);
            if (sign === undefined) continue;
            const at: Ref = { manifest, path: ['spec', 'rules', i, 'to', j, 'operation', field, k] };
            yield {
              at,
              message: `"${sign}" in the path "${path}" is no pattern: "*" is one at the beginning or at the end alone`,
              hint: `write "${template(path)}"`,
            };
          }
}

/** The path without the one star that counts. Source: pilot/pkg/security/authz/matcher/string.go. */
const bare = (path: string): string => (path.startsWith('*') ? path.slice(1) : path.endsWith('*') ? path.slice(0, -1) : path);

/** The path with patterns as istiod knows them. */
function template(path: string): string {
  const stars = path.replace(/\.[*+]|\\[dw][*+]?|\[[^\]]*\][*+]?|\*{2,}/g, '*').replace(/\\/g, '');
  const inside = stars.replace(/\*$/, '');
  if (!inside.includes('*')) return stars;
  return `${inside.replace(/\*/g, '{*}')}${stars.endsWith('*') ? '{**}' : ''}`;
}
