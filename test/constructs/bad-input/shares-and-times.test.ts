import { Lazy } from 'cdk8s';
import * as m from '../../../src';
import { refuses, solo, web } from './support';

refuses([
  [
    'a Date for a date',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), abort: { status: 500 }, percent: 1, until: new Date(0) } as never),
    /until.* of .* is a Date/,
  ],

  [
    'a share that is known later',
    (c) =>
      new m.CanaryRelease(c, 'R', {
        service: web(c, { defaultVersion: undefined }),
        stable: 'v1',
        canary: 'v2',
        percent: Lazy.any({ produce: () => 1 }),
      } as any),
    /percent.* of .* is a Lazy value, which is known too late/,
  ],
  // percentages
  [
    'a share between two steps',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2', percent: 0.00015 } as any),
    /percent of "chart\/R" is 0\.00015: shares go in steps of 0\.0001 %/,
  ],
  [
    '101 %',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2', percent: 101 } as any),
    /percent of "chart\/R" is 101: it has to be a number from 0 to 100/,
  ],
  [
    'a percentage as text',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2', percent: '10%' } as any),
    /is "10%": it has to be a number/,
  ],
  [
    'NaN %',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: Number.NaN, delay: '1s' }),
    /percent of "chart\/F" is NaN/,
  ],
  [
    'less than Istio can',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 0.00001, delay: '1s' }),
    /smallest share is 0\.0001/,
  ],
  [
    'a fault for 0 %',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), percent: 0, delay: '1s' }),
    /percent of "chart\/F" is 0: it would never happen/,
  ],
  [
    'a fault for nobody in particular',
    (c) => new m.FaultInjection(c, 'F', { service: solo(c), delay: '1s' } as any),
    /is for everyone and has no percent/,
  ],
  // durations
  [
    'a duration without unit',
    (c) => solo(c, { callPolicy: { timeout: '10' } }),
    /timeout of service "solo" is "10", which is not a duration: write it like "10s"/,
  ],
  [
    'no time at all',
    (c) => solo(c, { callPolicy: { timeout: '0s' } }),
    /is 0ms: Istio needs a whole number of milliseconds, at least 1/,
  ],
  ['half a millisecond', (c) => solo(c, { callPolicy: { timeout: '0.5ms' } }), /is 0\.5ms/],
  [
    'a try longer than the whole',
    (c) => solo(c, { callPolicy: { timeout: '1s', retries: { attempts: 2, perTryTimeout: '2s' } } }),
    /perTryTimeout of service "solo" \(2000ms\) is longer than its timeout/,
  ],
  [
    'a negative number of retries',
    (c) => solo(c, { callPolicy: { retries: { attempts: -1 } } }),
    /attempts in the retries of service "solo" is -1/,
  ],
  [
    'no retries, with conditions',
    (c) => solo(c, { callPolicy: { retries: { attempts: 0, on: ['5xx'] } } }),
    /have attempts 0 and more settings/,
  ],
  [
    'two retry conditions in one',
    (c) => solo(c, { callPolicy: { retries: { attempts: 1, on: ['5xx,reset'] } } }),
    /"5xx,reset" in the retries.*not a retry condition: give one an entry/,
  ],
  [
    'a negative limit',
    (c) => solo(c, { callPolicy: { circuitBreaker: { maxConnections: -5 } } }),
    /maxConnections of service "solo" is -5/,
  ],
  [
    'a number as duration',
    (c) => solo(c, { callPolicy: { timeout: 10 } }),
    /timeout of service "solo" is 10, which is not a duration: write it like "10s"/,
  ],
]);
