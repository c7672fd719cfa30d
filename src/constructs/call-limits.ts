import { claimName } from '../values/claim';
import { METHODS } from '../values/condition';
import { text } from '../values/names';
import { shown } from '../values/shown';
import type { CallLimits } from './caller';
import type { RuleLimits } from './grant';
import type { ServiceHost } from './service-host';

/** Methods and paths as AuthorizationPolicy takes them; it compares methods as they are sent, and knows `*` at one end alone. */
export function checkLimits(limits: RuleLimits, who: string, service: ServiceHost<any, any>): void {
  const { methods, paths, claims, unlessClaims } = limits;
  if (isLimited(limits)) service.needHttp(`a limit to methods, paths or claims for ${who}`);
  for (const c of [claims, unlessClaims]) if (c) checkClaims(c, who);
  // an empty list would be no limit
  for (const [key, list] of Object.entries({ methods, paths }))
    if (list?.length === 0) throw new Error(`${key} for ${who} is empty: name at least one, or leave ${key} out for all of them`);
  for (const m of methods ?? []) checkMethod(m, `for ${who}`);
  for (const p of paths ?? []) checkPath(p, who);
}

/** A method, in capitals as it is sent. `where` is told after it: `for service "web"`. */
export function checkMethod(m: string, where: string): void {
  if (!(METHODS as readonly string[]).includes(m))
    throw new Error(`method ${shown(m)} ${where} is not an HTTP method: use ${METHODS.join(', ')}`);
}

/** A path as AuthorizationPolicy takes it: exact, `/prefix/*`, `*suffix`, or a template. */
export function checkPath(p: string, who: string): void {
  const templates = text(p, `a path for ${who}`).replaceAll(/\{\*\*?\}/g, '');
  if (!/^(\/|\*)/.test(p)) throw new Error(`path "${p}" for ${who} does not begin with "/" (or "*")`);
  if (p.includes('?'))
    throw new Error(
      `path "${p}" for ${who} has a "?": paths are compared without the query, so it would never match; leave out what follows "?"`,
    );
  if (/.\*./.test(templates) || (templates !== p && templates.includes('*')))
    throw new Error(
      `path "${p}" for ${who} has "*" inside: Istio takes it at the beginning or the end, and {*} for one segment, {**} for several`,
    );
}

function checkClaims(claims: NonNullable<CallLimits['claims']>, who: string): void {
  const said = Object.entries(claims);
  if (said.length === 0) throw new Error(`claims for ${who} are empty: name at least one, or leave claims out`);
  for (const [name, values] of said) {
    claimName(name, `a claim for ${who}`);
    if (!Array.isArray(values) || values.length === 0)
      throw new Error(`claim "${name}" for ${who} has ${shown(values)}: it has to be a list of values, such as ['admin']`);
    for (const v of values) {
      text(v, `a value of claim "${name}" for ${who}`);
      if (/.\*./.test(v)) throw new Error(`value "${v}" of claim "${name}" for ${who} has "*" inside: Istio takes it at one end`);
    }
  }
}

/** Whether some requests of a caller are meant alone. */
export const isLimited = ({ methods, paths, claims, unlessClaims }: RuleLimits): boolean =>
  Boolean(methods || paths || claims || unlessClaims);

/** Limits in words, in parentheses after a space; nothing where there are none. */
export const limited = (l: RuleLimits) => {
  const words = (claims: CallLimits['claims'] = {}) =>
    Object.entries(claims).map(([name, values]) => `${name} ${values.join('|')}`);
  const unless = words(l.unlessClaims).map((w) => `unless ${w}`);
  return isLimited(l) ? ` (${[...(l.methods ?? []), ...(l.paths ?? []), ...words(l.claims), ...unless].join(' ')})` : '';
};
