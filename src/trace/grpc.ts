import type { ForwardAction } from '../model/route';
import type { Destination, Outcome } from './outcome';
import { isSpoken } from './path';
import type { TraceRequest } from './request';

/** Whether a request is gRPC to Envoy, in whatever version of HTTP. */
export function isGrpc(type: string | undefined): boolean {
  return type !== undefined && /^application\/grpc(\+|$)/.test(type);
}

/** What a gRPC upstream is told of the time that it has; nothing where there is no limit. Source: Envoy's FilterUtility::setTimeoutHeaders. */
export function grpcTimeout({ timeoutMs, retry }: Pick<ForwardAction, 'timeoutMs' | 'retry'>): string | undefined {
  const limits = [timeoutMs, retry?.perTryTimeoutMs ?? 0].filter((ms) => ms > 0);
  return limits.length > 0 ? `${Math.min(...limits)}m` : undefined;
}

/** gRPC statuses of HTTP's, where a proxy answers itself. Source: Envoy's Grpc::Utility::httpToGrpcStatus. */
const STATUSES: Readonly<Record<number, number>> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 };
const UNKNOWN = 2;

/** Headers of an answer that a proxy gives itself: the body is a header too. */
function own(status: number, body: string | undefined): Readonly<Record<string, string>> {
  const escaped = [...Buffer.from(body ?? '')]
    .map((c) =>
      c < 0x20 || c > 0x7e || c === 0x25 ? `%${c.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(c),
    )
    .join('');
  return { 'grpc-status': String(STATUSES[status] ?? UNKNOWN), ...(escaped ? { 'grpc-message': escaped } : {}) };
}

/**
 * What a gRPC client sees: where a proxy answers itself, HTTP's status is 200, and `grpc-status` says what is wrong. Source:
 * Envoy's Utility::sendLocalReply.
 */
export function asSeen(request: TraceRequest, outcome: Outcome): Outcome {
  // what is no HTTP is answered before anyone knows what it is
  if (!isGrpc(request.headers['content-type']?.[0]) || !isSpoken(request)) return outcome;
  const { status } = outcome;
  if (status === undefined || outcome.action === 'nack') return outcome;
  if (outcome.destinations && !outcome.local) return { ...outcome, ...routed(outcome, outcome.destinations) };
  if (status === 'mixed' || (outcome.local && status === 200)) return outcome;
  const { body, message, directResponse, redirect, ...rest } = outcome;
  return {
    ...rest,
    status: 200,
    ...(redirect ? { redirect: { ...redirect, code: 200 } } : {}),
    ...(directResponse ? { directResponse: { status: directResponse.status } } : {}),
    responseHeaders: { ...outcome.responseHeaders, ...own(status, body ?? message ?? directResponse?.body) },
  };
}

/** Of destinations those that are not there. */
function routed(outcome: Outcome, destinations: readonly Destination[]): Partial<Outcome> {
  const seen = destinations.map((d): Destination => {
    if (d.method !== undefined || d.status === undefined || d.status === 200) return d;
    const { body, ...rest } = d;
    const headers = Object.entries(own(d.status, body)).map(([name, value]) => ({ name, value, how: 'set' as const }));
    return { ...rest, status: 200, response: [...headers, ...d.response] };
  });
  const flags = outcome.status === 'mixed' ? seen[0]?.flags : outcome.flags;
  return { status: 200, ...(flags ? { flags } : {}), destinations: seen };
}

/** The outcome, with a step that says so where a gRPC client sees something else than HTTP's status. */
export function withGrpcStep(request: TraceRequest, outcome: Outcome): Outcome {
  if (!isGrpc(request.headers['content-type']?.[0])) return outcome;
  const seen = asSeen(request, outcome);
  const status =
    seen.responseHeaders?.['grpc-status'] ??
    seen.destinations?.flatMap((d) => d.response).find(({ name }) => name === 'grpc-status')?.value;
  if (seen === outcome || status === undefined) return outcome;
  return { ...outcome, steps: [...outcome.steps, { text: `a gRPC client sees HTTP 200 and grpc-status ${status}` }] };
}
