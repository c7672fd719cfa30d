import type { Cors } from '../model/route';
import { accepts } from '../routing/string-match';
import type { AskedRequest } from './asked';

/** What CORS makes of a request: an answer of its own, or headers for the answer. */
export interface CorsOutcome {
  /** Envoy answers itself, with these headers. */
  readonly answer?: Readonly<Record<string, string>>;
  /** Added to the upstream's answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Source: Envoy's http/cors filter. */
export function corsOutcome(cors: Cors, asked: AskedRequest): CorsOutcome {
  const origin = asked.header('origin')?.join(',');
  if (!origin) return {};
  const allowed = cors.origins.some((o) => accepts(o, '*') || accepts(o, origin));
  const preflight = asked.method === 'OPTIONS' && Boolean(asked.header('access-control-request-method')?.[0]);
  const both: Record<string, string> = {
    'access-control-allow-origin': origin,
    ...(cors.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(cors.expose ? { 'access-control-expose-headers': cors.expose } : {}),
  };
  if (!preflight) {
    if (!allowed) return {};
    return { headers: both };
  }
  if (!allowed && cors.forwardUnmatched) return {};
  return {
    answer: {
      ...(allowed ? both : cors.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
      ...(cors.methods ? { 'access-control-allow-methods': cors.methods } : {}),
      ...(cors.headers ? { 'access-control-allow-headers': cors.headers } : {}),
      ...(cors.maxAge ? { 'access-control-max-age': cors.maxAge } : {}),
    },
  };
}
