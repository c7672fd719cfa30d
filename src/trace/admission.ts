import type { Ref } from '../model/config';
import type { Authorization } from '../model/policies';
import { authorize, firstMet, type Subject, type Verdict } from './authorize';
import type { Step } from './outcome';
import { type Headers, headersOf, type TraceRequest } from './request';
import { checkTokens, type World } from './token';

/** What is about a proxy: whose tokens it takes, and who may. */
export interface Admitting {
  readonly policies: readonly Authorization[];
  /** Policies that only log what they would decide. */
  readonly dryRuns: readonly Authorization[];
  /** Names of the providers that decide who may, where they are known. */
  readonly authorizers: ReadonlySet<string> | undefined;
  readonly tokenRules: readonly { readonly rule: any; readonly by: Ref }[];
}

/** What the filters for tokens and policies leave of a request. */
export interface Passed {
  readonly path: string;
  readonly headers: Headers;
  /** Of a token that was found valid. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** The rule that lets it in, and what policies would decide that only log; where there are any. */
  readonly steps: readonly Step[];
}

/** An answer before any route's: of the filter for tokens, or of the one for policies. */
export interface Refused {
  readonly status: number;
  readonly body: string;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** A connection that is not looked into: what policies say of it, those that only log included, and whether they close it. */
export function admitted(admitting: Admitting, subject: Subject): { readonly steps: readonly Step[]; readonly closed: boolean } {
  const custom = askedOutside(admitting, subject);
  const logged = dryRun(admitting, subject);
  const step = (s: Step, closed: boolean): Step => (closed ? { ...s, text: `${s.text}: the connection is closed` } : s);
  if (custom?.refused) return { steps: [step(custom.step, true), ...logged], closed: true };
  const verdict = authorize(admitting.policies, subject);
  const closed = verdict?.allowed === false;
  const decided = verdict ? [step({ text: verdict.reason, ...cite(verdict) }, closed)] : [];
  return { steps: [...(custom ? [custom.step] : []), ...decided, ...logged], closed };
}

/**
 * A request: tokens are looked at first, then policies, which know their claims.
 * @param path as the proxy normalizes it
 */
export function admit(
  admitting: Admitting,
  request: TraceRequest,
  path: string,
  scheme: string,
  subject: Subject,
  world: World,
): Passed | Refused {
  const { policies, tokenRules } = admitting;
  const { method, host } = request;
  const headers = headersOf(request);
  const custom = askedOutside(admitting, { ...subject, http: { method, path, host, headers } });
  if (custom?.refused) return { status: 403, body: 'RBAC: access denied', steps: [custom.step] };
  const first = custom ? [custom.step] : [];
  const token = checkTokens(tokenRules, method, path, headers, world);
  if (token.refused) {
    const { status, reason, by } = token.refused;
    const realm = `${scheme}://${host}${path.slice(0, 256)}`;
    return {
      status,
      body: reason,
      responseHeaders: { 'www-authenticate': `Bearer realm="${realm}", error="invalid_token"` },
      steps: [...first, { text: `the token is refused: ${reason}`, by }],
    };
  }
  const { claims } = token;
  const asking: Subject = { ...subject, claims, http: { method, path: token.path, host, headers } };
  const verdict = authorize(policies, asking);
  const steps = [...first, ...(verdict ? [{ text: verdict.reason, ...cite(verdict) }] : []), ...dryRun(admitting, asking)];
  if (verdict && !verdict.allowed) return { status: 403, body: 'RBAC: access denied', steps };
  return { path: token.path, headers, claims, steps };
}

/**
 * A provider outside is asked before tokens and the other policies; what it says is not known, and taken for a yes. One that
 * istiod does not know has everything denied. Source: pilot/pkg/security/authz/builder/builder.go, getBadCustomDenyRules.
 */
function askedOutside({ policies, authorizers }: Admitting, s: Subject): { step: Step; refused: boolean } | undefined {
  const custom = policies.find((p) => p.action === 'CUSTOM');
  const met = custom && firstMet(custom.policies, s, 'DENY');
  if (!met) return undefined;
  const name = String(met.config.spec.provider?.name);
  const refused = authorizers !== undefined && !authorizers.has(name);
  const text = refused
    ? `provider "${name}" is to decide, and MeshConfig has none of that name: all that it is about is denied`
    : `provider "${name}" outside is asked: that it says yes is taken for granted`;
  return { step: { text, by: met.by, ...(refused ? {} : { assumed: true }) }, refused };
}

/** What policies that only log would decide. */
function dryRun({ dryRuns }: Admitting, subject: Subject): Step[] {
  const verdict = authorize(dryRuns, subject);
  if (!verdict) return [];
  const what = verdict.allowed ? 'it would be let in' : 'it would be refused';
  return [{ text: `by the policies that only log (dry run) ${what}: ${verdict.reason}`, ...cite(verdict) }];
}

const cite = ({ by }: Verdict): { readonly by?: Ref } => (by ? { by } : {});
