import type { RedirectAction, Route } from '../model/route';
import { replacedStart } from './change-request';
import { queryOf, withoutQuery } from './request';

/** Where a redirect leads. Source: Envoy's router/config_impl.cc, newUri and processRequestHost. */
export function location(
  route: Route,
  action: RedirectAction,
  request: { readonly path: string; readonly host: string; readonly scheme: string },
): string {
  const scheme = action.scheme ?? request.scheme;
  const port = action.port > 0 ? `:${action.port}` : '';
  const host = action.authority ?? requestHost(request.host, scheme, request.scheme, port);
  const path = newPath(route, action, request.path);
  return `${scheme}://${host}${port}${path.startsWith('/') ? '' : '/'}${path}`;
}

function newPath(route: Route, action: RedirectAction, path: string): string {
  if (action.path !== undefined) return action.path.includes('?') ? action.path : action.path + queryOf(path);
  if (action.prefixRewrite !== undefined) return replacedStart(route, withoutQuery(path), action.prefixRewrite) + queryOf(path);
  return path;
}

/** The request's port stays, unless there is a new one, or the scheme changes and the port was the old one's. */
function requestHost(host: string, scheme: string, requestScheme: string, newPort: string): string {
  const at = host.startsWith('[') ? host.lastIndexOf(']:') + 1 : host.lastIndexOf(':');
  if (at <= 0) return host;
  const port = host.slice(at);
  const old =
    scheme !== requestScheme && ((requestScheme === 'https' && port === ':443') || (requestScheme === 'http' && port === ':80'));
  return newPort !== '' || old ? host.slice(0, at) : host;
}
