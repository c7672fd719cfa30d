import { GRPC_STATUSES } from '../values/grpc-status';
import { duration } from './durations';
import type { Field } from './field';
import { quoted } from './field';
import { status } from './replies';

/**
 * What is made to go wrong. Source: validation.go, validateHTTPFaultInjection. That an abort without a status is warned of
 * there never gets out, so nothing is said of it here.
 */
export function fault(field: Field): void {
  if (field.value === undefined) return;
  const [abort, delay] = [field.at('abort'), field.at('delay')];
  if (abort.value === undefined && delay.value === undefined) field.error('does nothing: it needs an abort or a delay');
  if (abort.value !== undefined) aborted(abort);
  if (delay.value !== undefined) delayed(delay);
}

function aborted(abort: Field): void {
  percentage(abort.at('percentage'));
  // of several, the last one counts
  const [http, grpc, http2] = [abort.at('httpStatus'), abort.at('grpcStatus'), abort.at('http2Error')];
  if (http2.value !== undefined) http2.error('is not there yet in Istio: say a httpStatus or a grpcStatus');
  else if (grpc.value !== undefined) {
    if (!GRPC_STATUSES.includes(grpc.text))
      grpc.error(`"${grpc.text}" is no status of gRPC: it has to be one of ${quoted(GRPC_STATUSES, 'or')}`);
  } else if (http.value !== undefined) status(http);
}

function delayed(delay: Field): void {
  percentage(delay.at('percentage'));
  const [fixed, exponential] = [delay.at('fixedDelay'), delay.at('exponentialDelay')];
  if (exponential.value === undefined) duration(fixed);
  else {
    duration(exponential);
    exponential.error('is not there yet in Istio: say a fixedDelay');
  }
}

/** Source: validation.go, validatePercentage. */
function percentage(field: Field): void {
  const value = field.at('value');
  const n = value.number;
  if (n < 0 || n > 100 || (n > 0 && n < 0.0001)) value.error(`${n} is no share: it is 0, or 0.0001 to 100 percent`);
}
