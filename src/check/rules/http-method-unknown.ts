import type { Ref } from '../../model/config';
import { didYouMean } from '../../values/names';
import { writtenRules } from '../bound-matches';
import type { CheckedMesh } from '../checked-mesh';
import { items, texts } from '../items';
import type { Found, Rule } from '../rule';

/** RFC 9110, RFC 5789, and those of WebDAV and caches, which are in use. */
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'PURGE',
  'QUERY',
];

/** An AuthorizationPolicy or a route asks for a method that no request has. */
export const httpMethodUnknown: Rule = {
  id: 'MESH073',
  name: 'http-method-unknown',
  severity: 'warning',
  codes: ['KIA0102'],
  summary: 'a method that no request has',
  why: 'Envoy compares methods letter by letter: "get" is no "GET", and nothing ever matches. An ALLOW rule then lets nobody in, a DENY rule keeps nobody out, a route is for nobody. gRPC calls are all POST; what is called is in the path. (Kiali takes "get" for right.) Source: pilot/pkg/security/authz/matcher/header.go; pilot/pkg/networking/core/route/route.go, TranslateRouteMatch.',
  remedy: 'Write the method in capitals; for gRPC use paths, such as "/package.Service/Method".',
  *check(mesh) {
    for (const { at, method, codes } of methodsOf(mesh)) {
      const found = judged(method);
      if (found) yield { at, ...found, ...(codes ? { codes } : {}) };
    }
  },
};

function judged(method: string): Omit<Found, 'at'> | undefined {
  const isKnown = (m: string) => {
    if (m === '*') return true;
    if (m.endsWith('*')) return METHODS.some((k) => k.startsWith(m.slice(0, -1)));
    if (m.startsWith('*')) return METHODS.some((k) => k.endsWith(m.slice(1)));
    return METHODS.includes(m);
  };
  if (method === '' || isKnown(method)) return undefined;
  const message = `no request has the method "${method}"`;
  const upper = method.trim().toUpperCase();
  if (isKnown(upper)) return { message, hint: `methods are compared letter by letter: write "${upper}"` };
  if (/[/.]/.test(method))
    return { message, hint: 'a gRPC call has the method "POST": write what is called into paths, as "/package.Service/Method"' };
  const near = didYouMean(upper, METHODS).replace(/^ \(|\)$/g, '');
  return near
    ? { message, hint: near }
    : { message: `"${method}" is a method that hardly any request has`, hint: 'check the spelling', severity: 'info' };
}

interface MethodAt {
  readonly at: Ref;
  readonly method: string;
  readonly codes?: readonly string[];
}

function* methodsOf(mesh: CheckedMesh): Iterable<MethodAt> {
  for (const { spec, manifest } of mesh.of('AuthorizationPolicy'))
    for (const [i, rule] of items(spec.rules))
      for (const [j, to] of items(rule.to))
        for (const field of ['methods', 'notMethods'])
          for (const [k, method] of texts(to.operation?.[field]))
            yield { at: { manifest, path: ['spec', 'rules', i, 'to', j, 'operation', field, k] }, method };
  // Kiali does not look at routes
  // signs of patterns are told by pattern-in-text
  for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
    for (const [j, { method }] of items(rule.match))
      if (typeof method?.exact === 'string' && !/[*|]/.test(method.exact))
        yield { at: at('match', j, 'method', 'exact'), method: method.exact, codes: [] };
}
