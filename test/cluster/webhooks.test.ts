import { ApiError } from '../../src/cluster/api-error';
import { notCalled, Webhooks } from '../../src/cluster/webhooks';

const answer = (status: number, message: string) => new ApiError(status, { kind: 'Status', message }, 'ConfigMap/a/x');
const WEBHOOK = 'webhook "validation.istio.io"';
const SECOND = 1000;

test.each([
  [500, `Internal error occurred: failed calling ${WEBHOOK}: failed to call webhook: no endpoints available`, WEBHOOK],
  [500, 'conversion webhook for a.io/v1, Kind=X failed: Post "https://x": EOF', 'conversion webhook for a.io/v1, Kind=X'],
  [500, 'etcdserver: leader changed', undefined],
  // it was called, and says no
  [400, `admission ${WEBHOOK} denied the request: failed calling ${WEBHOOK}`, undefined],
])('of a %d "%s"', (status, message, webhook) => expect(notCalled(answer(status, message))).toBe(webhook));

test('it is waited for since it was away first, whoever asks', () => {
  const webhooks = new Webhooks();
  expect(webhooks.failed(WEBHOOK, 0, SECOND)).toEqual({ since: 0, until: 15 * SECOND });
  expect(webhooks.failed(WEBHOOK, 9 * SECOND, 10 * SECOND)).toEqual({ since: 0, until: 15 * SECOND });
  expect(webhooks.failed(WEBHOOK, 20 * SECOND, 21 * SECOND).since).toBe(0);
  expect(webhooks.failed('webhook "b"', 9 * SECOND, 10 * SECOND).since).toBe(9 * SECOND);
});

test('it is away anew where it was called since, or nobody asked for a while', () => {
  const webhooks = new Webhooks();
  webhooks.failed(WEBHOOK, 0, SECOND);
  webhooks.called(WEBHOOK);
  expect(webhooks.failed(WEBHOOK, 2 * SECOND, 3 * SECOND).since).toBe(2 * SECOND);
  expect(webhooks.failed(WEBHOOK, 60 * SECOND, 61 * SECOND).since).toBe(60 * SECOND);
});
