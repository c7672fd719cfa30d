import type { Field } from './field';
import { isAuthority, isInternal } from './header-names';
import { headerValue } from './header-value';

/** What a route or a destination adds to headers, sets and removes. Source: validation.go, validateHTTPRouteDestinations. */
export function headerChanges(headers: Field): void {
  if (headers.value === undefined) return;
  for (const side of ['request', 'response'] as const) {
    const changes = headers.at(side);
    for (const how of ['add', 'set'] as const)
      for (const entry of changes.at(how).entries()) {
        changedName(entry, entry.key, side === 'request');
        headerValue(entry);
      }
    for (const name of changes.at('remove').items()) changedName(name, name.text, false);
  }
}

function changedName(field: Field, name: string, hostToo: boolean): void {
  if (name === '') field.error('names no header');
  else if (isInternal(name) && !(hostToo && isAuthority(name)))
    field.error(
      `"${name}" cannot be changed here${isAuthority(name) ? ': set the host in headers.request.set, or with rewrite.authority' : ''}`,
    );
}

/** The host can be set in one place. Source: virtualservice.go, validateAuthorityRewrite. */
export function oneAuthority(rule: Field): void {
  const rewrite = rule.at('rewrite').at('authority');
  let set = rewrite.text;
  for (const how of ['set', 'add'] as const)
    for (const entry of rule.at('headers').at('request').at(how).entries()) {
      if (!isAuthority(entry.key)) continue;
      if (set !== '') {
        entry.error(`sets the host to "${entry.text}", and it is set to "${set}" already: do so in one place`);
        return;
      }
      set = entry.text;
    }
}
