import { cors } from './cors';
import { destination, weighted } from './destinations';
import { duration } from './durations';
import { fault } from './fault';
import type { Field } from './field';
import { headerChanges, oneAuthority } from './header-changes';
import { httpMatch } from './http-match';
import { mirrors } from './mirrors';
import { directResponse, redirect, rewrite } from './replies';
import { retries } from './retries';

/**
 * A rule of `http`. Source: virtualservice.go, validateHTTPRoute.
 * @param delegate of a VirtualService without hosts
 * @param internal made by istiod of a Gateway API route
 */
export function httpRule(rule: Field, delegate: boolean, internal: boolean): void {
  conflicts(rule, delegate);
  for (const match of rule.at('match').items()) httpMatch(match);
  headerChanges(rule.at('headers'));
  cors(rule.at('corsPolicy'));
  fault(rule.at('fault'));
  mirrors(rule);
  redirect(rule.at('redirect'), rule.at('match'));
  directResponse(rule.at('directResponse'));
  retries(rule.at('retries'));
  rewrite(rule.at('rewrite'));
  oneAuthority(rule);
  weighted(rule.at('route'), internal, (item) => headerChanges(item.at('headers')));
  duration(rule.at('timeout'));
  destination(rule.at('mirror'));
}

/** What cannot stand beside each other. Source: virtualservice.go, validateHTTPRouteConflict. */
function conflicts(rule: Field, delegate: boolean): void {
  const [to, route, redirects, responds] = ['delegate', 'route', 'redirect', 'directResponse'].map((k) => rule.at(k)) as [
    Field,
    Field,
    Field,
    Field,
  ];
  if (to.given && !delegate) {
    for (const other of [redirects, route])
      if (other.given) other.error('stands beside "delegate", whose rules say where requests go: take one of the two out');
    return;
  }
  if (to.given)
    to.error('stands in a VirtualService without hosts, which is one that others delegate to: it cannot delegate in turn');
  const answer = redirects.given ? redirects : responds.given ? responds : undefined;
  if (answer) {
    const others = ['route', 'fault', 'rewrite', ...(answer === redirects ? ['directResponse'] : [])];
    for (const name of others)
      if (rule.at(name).given)
        rule.at(name).error(`stands beside "${answer.key}", which answers requests itself: take one of the two out`);
  } else if (!route.given) rule.error('says nothing about where requests go: it needs one of route, redirect and directResponse');
  if (rule.at('mirror').given && rule.at('mirrors').given)
    rule.at('mirrors').error('stands beside "mirror": put all of them into "mirrors"');
}
