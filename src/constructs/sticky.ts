import type { Destination } from '../routing/table';
import { type Condition, cookie } from '../values/condition';
import { type Time, toSeconds } from '../values/duration';
import { checkProperties } from '../values/properties';
import { token } from '../values/wire-text';

/** How a client is kept with a version. */
export interface Sticky {
  /** Name of the cookie; its value is the version's name. One service, one name: the cookie holds for the whole site. */
  readonly cookie: string;
  /** How long until a client is drawn anew, in whole seconds. @default '1h'; of an Experiment 30 days ('720h') */
  readonly maxAge?: Time;
}

/** Throws unless it names a cookie that a client can keep. */
export function checkSticky(sticky: Sticky, where: string): void {
  checkProperties(sticky, { cookie: 'text', maxAge: 'any?' }, `sticky of "${where}"`);
  token(sticky.cookie, `a name for the cookie of "${where}"`);
  if (sticky.maxAge !== undefined) toSeconds(sticky.maxAge, `sticky.maxAge of "${where}"`);
}

/** Requests of clients that met the version before. */
export const met = (sticky: Sticky, version: string): Condition => cookie(sticky.cookie).is(version);

/**
 * The destination, whose answers tell the client which version it met.
 * @param otherwise how long it is kept where the cookie does not say
 */
export const marked = (to: Destination, sticky: Sticky, version: string, otherwise: Time = '1h'): Destination => ({
  ...to,
  headers: {
    response: {
      add: {
        'set-cookie': `${sticky.cookie}=${version}; Path=/; Max-Age=${toSeconds(sticky.maxAge ?? otherwise, 'sticky.maxAge')}; HttpOnly; SameSite=Lax`,
      },
    },
  },
});
