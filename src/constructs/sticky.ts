import type { Destination } from '../routing/table';
import { type Condition, cookie } from '../values/condition';
import { checkProperties } from '../values/properties';
import { token } from '../values/wire-text';

/** How a client is kept with a version. */
export interface Sticky {
  /** Name of the cookie; its value is the version's name. One service, one name: the cookie holds for the whole site. */
  readonly cookie: string;
  /** Seconds until a client is drawn anew. @default 3600; of an Experiment 2592000 (30 days) */
  readonly maxAge?: number;
}

/** Throws unless it names a cookie that a client can keep. */
export function checkSticky(sticky: Sticky, where: string): void {
  checkProperties(sticky, { cookie: 'text', maxAge: 'number?' }, `sticky of "${where}"`);
  token(sticky.cookie, `a name for the cookie of "${where}"`);
  const { maxAge = 1 } = sticky;
  if (!Number.isInteger(maxAge) || maxAge < 1)
    throw new Error(`sticky.maxAge of "${where}" is ${maxAge}: it has to be a whole number of seconds, at least 1`);
}

/** Requests of clients that met the version before. */
export const met = (sticky: Sticky, version: string): Condition => cookie(sticky.cookie).is(version);

/** The destination, whose answers tell the client which version it met. */
export const marked = (to: Destination, sticky: Sticky, version: string, maxAge = 3600): Destination => ({
  ...to,
  headers: {
    response: {
      add: {
        'set-cookie': `${sticky.cookie}=${version}; Path=/; Max-Age=${sticky.maxAge ?? maxAge}; HttpOnly; SameSite=Lax`,
      },
    },
  },
});
