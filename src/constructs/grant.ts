import type { Construct } from 'constructs';
import type { Origin } from '../routing/table';
import type { Caller, CallLimits } from './caller';

/** Which requests are meant; of a denial also who is spared. */
export interface RuleLimits extends CallLimits {
  /** Claims that spare the user's requests: a token has to have one of the values of each. */
  readonly unlessClaims?: NonNullable<CallLimits['claims']>;
}

/** Callers that are let in, or kept out. */
export interface Grant {
  /** Whom it is about, in words. */
  readonly who: string;
  /** Their identities, as AuthorizationPolicy writes them; none where namespaces are meant. */
  readonly principals: readonly string[];
  /** Everyone in these is meant. */
  readonly namespaces: readonly string[];
  /** Everyone at these addresses is meant. */
  readonly ipBlocks?: readonly string[];
  /** Requests that are meant; all without any. */
  readonly limits: RuleLimits;
  /** The service's own pods are meant, which have ports for each other. */
  readonly self?: true;
  /** Who said it, and where: the caller, where it declared the call. */
  readonly by: Origin;
}

/** Callers that are kept out. */
export interface Denial extends Grant {
  readonly callers: readonly Caller[];
}

/** Who says something about callers, and whether it is only tried: logged, and decides nothing. */
export interface Said {
  readonly by: Construct;
  readonly dryRun?: boolean;
}
