import type { ApiError } from './api-error';

/** So long a webhook is tried again, in milliseconds: a pod of it that is restarted is back by then. */
const SPELL = 15_000;
/** Source: apiserver, pkg/util/webhook/webhook.go; apiextensions-apiserver, pkg/apiserver/conversion/webhook_converter.go. */
const NOT_CALLED = /failed calling (webhook "[^"]+")|(conversion webhook for .+?) failed/;

/** The webhook that could not be called, as the server says in a refusal: `webhook "validation.istio.io"`; nothing for others. */
export function notCalled(e: ApiError): string | undefined {
  const [, admission, conversion] = (e.status === 500 && NOT_CALLED.exec(e.said)) || [];
  return admission ?? conversion;
}

/** What is known besides, when a webhook was away for too long. */
export const triedSince = (webhook: string, since: number): string =>
  `tried again for ${Math.round((Date.now() - since) / 1000)} s: see whether what serves the ${webhook} runs, then run the command again`;

/** Since when a webhook cannot be called, and when that was said last. */
interface Away {
  readonly since: number;
  readonly last: number;
}

/**
 * Webhooks that the API server cannot call, and that it must not do without. That may pass, so requests are sent again: for a short
 * while, and for all requests together, since each would find the same.
 */
export class Webhooks {
  private readonly away = new Map<string, Away>();

  /**
   * It could not be called.
   * @param sent when the request was sent that found that out, as of `Date.now`
   * @returns until when it may be tried again, and since when it is away
   */
  failed(webhook: string, sent: number, now = Date.now()): { readonly until: number; readonly since: number } {
    const known = this.away.get(webhook);
    // where nobody has asked for a while, it is away anew
    const since = known !== undefined && sent - known.last <= SPELL ? known.since : sent;
    this.away.set(webhook, { since, last: now });
    return { until: since + SPELL, since };
  }

  /** It was called: what failed by it once does so no more. */
  called(webhook: string): void {
    this.away.delete(webhook);
  }
}
