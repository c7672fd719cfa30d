import type { Action } from '../routing/table';
import { checkProperties, oneOf, type Properties } from '../values/properties';

/** What a caller gets without a call: a redirect, or a response. */
export type Answer = Exclude<Action, { kind: 'split' | 'delegate' }>;
type Redirect = Extract<Answer, { kind: 'redirect' }>;

const REDIRECT: Properties<Redirect> = {
  kind: 'text',
  uri: 'text?',
  prefix: 'text?',
  authority: 'text?',
  scheme: 'text?',
  port: 'number?',
  code: 'number?',
};
const RESPOND: Properties<Extract<Answer, { kind: 'respond' }>> = { kind: 'text', status: 'number', body: 'text?' };
const CODES = [301, 302, 303, 307, 308];

/**
 * Throws unless Istio takes the answer. Other redirect codes make Envoy refuse all routes of the port.
 * @param what named in the error: `answer "moved" of service "reviews"`
 */
export function checkAnswer(answer: Answer, what: string): void {
  const kind = oneOf((answer as Answer | undefined)?.kind as Answer['kind'], ['redirect', 'respond'], `kind of ${what}`);
  if (kind === 'respond') {
    const { status } = answer as Extract<Answer, { kind: 'respond' }>;
    checkProperties(answer as Extract<Answer, { kind: 'respond' }>, RESPOND, what);
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new Error(`status of ${what} is ${status}: it has to be one from 200 to 599`);
    return;
  }
  const redirect = answer as Redirect;
  checkProperties(redirect, REDIRECT, what);
  const { uri, prefix, code, kind: _, ...rest } = redirect;
  if (code !== undefined && !CODES.includes(code)) throw new Error(`code of ${what} is ${code}: Envoy takes ${CODES.join(', ')}`);
  if (uri !== undefined && prefix !== undefined)
    throw new Error(`${what} has both uri and prefix: the path is either whole or begins so`);
  if (uri === undefined && prefix === undefined && Object.keys(rest).length === 0)
    throw new Error(`${what} redirects to where it was asked: give it uri, prefix, authority, scheme or port`);
}
