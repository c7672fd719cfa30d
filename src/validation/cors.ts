import { duration, millisOf } from './durations';
import type { Field } from './field';
import { corsHeader } from './header-names';
import { matchType, regexMatch } from './string-match';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*'];

/** Source: validation.go, validateCORSPolicy. */
export function cors(policy: Field): void {
  if (policy.value === undefined) return;
  for (const origin of policy.at('allowOrigins').items()) {
    const type = matchType(origin);
    if (type === undefined || origin.at(type).text === '') origin.error('is empty: say an origin as exact, prefix or regex');
    else regexMatch(origin);
  }
  for (const method of policy.at('allowMethods').items())
    if (!METHODS.includes(method.text))
      method.error(`"${method.text}" is none of ${METHODS.join(', ')}: methods are in capitals`);
  for (const field of ['allowHeaders', 'exposeHeaders']) for (const name of policy.at(field).items()) corsHeader(name);
  const age = policy.at('maxAge');
  duration(age);
  const ms = millisOf(age);
  if (ms !== undefined && ms > 0 && ms % 1000 !== 0)
    age.error(`"${age.text}" is not in whole seconds, which is as exact as it can be`);
}
