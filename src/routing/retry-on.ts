/**
 * What `retryOn` may name: conditions of Envoy's router, of HTTP and then of gRPC.
 * Source: `supportedRetryOnPolicies` in pkg/config/validation/validation.go.
 */
export const RETRY_CONDITIONS: readonly string[] = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'envoy-ratelimited',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
];

const NAMED = new Set([
  100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402,
  403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431,
  451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
]);

/** Whether `retryOn` takes the text for a status: a number that is a status with a name (Go's `http.StatusText`). */
export const isRetryStatus = (text: string): boolean => /^[+-]?\d+$/.test(text) && NAMED.has(Number(text));
