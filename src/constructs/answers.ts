import type { Action } from '../routing/table';
import { checkAuthority } from '../values/authority';
import type { Condition, Where } from '../values/condition';
import { checkPort } from '../values/port';
import { checkProperties, oneOf, type Properties } from '../values/properties';

/** What a proxy answers by itself, without a call: a redirect, or a text with a status. */
export type Answer = Exclude<Action, { kind: 'split' | 'delegate' }>;

/** Where a redirect leads: at least one of all but `code`. */
export type RedirectTo = Omit<Extract<Action, { kind: 'redirect' }>, 'kind'>;

const REDIRECT: Properties<RedirectTo> = {
  uri: 'text?',
  prefix: 'text?',
  authority: 'text?',
  scheme: 'text?',
  port: 'number?',
  code: 'number?',
};
/** What istiod makes routes of. Source: `ApplyRedirect` in pilot/pkg/networking/core/route/route.go. */
const CODES = [301, 302, 303, 307, 308];

/** Throws unless the number is a status of an answer. Source: Envoy's `DirectResponseAction`. */
export function checkStatus(status: number, what: string): void {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new Error(`status ${status} of ${what} is not one from 200 to 599`);
}

const LONGEST_BODY = 1024 * 1024;

/** Throws where a text is longer than Istio takes. Source: `validateHTTPDirectResponse` in pkg/config/validation/validation.go. */
export function checkBody(body: string | undefined, what: string): void {
  const bytes = Buffer.byteLength(body ?? '');
  if (bytes > LONGEST_BODY)
    throw new Error(`the body of ${what} has ${bytes} bytes: Istio takes ${LONGEST_BODY}, so have a service answer`);
}

/** Checks where a redirect leads. */
export function checkRedirect(to: RedirectTo, when: Condition<Where>, what: string): void {
  checkProperties(to, REDIRECT, what);
  if (Object.keys(to).filter((k) => k !== 'code').length === 0)
    throw new Error(`${what} says nothing new: give it uri, prefix, authority, scheme or port`);
  if (to.uri !== undefined && to.prefix !== undefined)
    throw new Error(`${what} has both uri and prefix: uri is the whole new path, prefix replaces what the condition matched`);
  if (to.prefix !== undefined && !when.matches.every((m) => m.path && 'prefix' in m.path.match))
    throw new Error(
      `${what} replaces a prefix, and its condition (${when}) is not about one alone: use path.startsWith, or uri for a whole path`,
    );
  if (to.scheme !== undefined) oneOf(to.scheme, ['http', 'https'], `scheme of ${what}`);
  if (to.authority !== undefined) checkAuthority(to.authority, `authority of ${what}`);
  if (to.port !== undefined) checkPort(to.port, `port of ${what}`);
  if (to.code !== undefined && !CODES.includes(to.code))
    throw new Error(`code of ${what} is ${to.code}: a redirect has one of ${CODES.join(', ')}`);
}

/** Checks an answer of either kind. */
export function checkAnswer(answer: Answer, when: Condition, what: string): void {
  checkProperties({ answer, when }, { answer: 'map', when: 'condition' }, what);
  const { kind, ...rest } = answer;
  oneOf(kind, ['redirect', 'respond'], `kind of ${what}`);
  if (answer.kind === 'redirect') checkRedirect(rest as RedirectTo, when, what);
  else {
    checkProperties<{ status: number; body?: string }>(rest as never, { status: 'number', body: 'text?' }, what);
    checkStatus(answer.status, what);
    checkBody(answer.body, what);
  }
}
