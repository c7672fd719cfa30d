import * as m from '../../../src';
import { image, refuses, web } from './support';

const { Port } = m;

refuses([
  [
    'several versions and no default',
    (c) => new m.MeshService(c, 'Web', { port: Port.http(80), versions: { v1: image, v2: image } }),
    /\[chart\/Web\] service "web" in namespace "shop" has versions "v1", "v2" and no rule that chooses among them/,
  ],
  [
    'an unknown default',
    (c) => web(c, { defaultVersion: 'v9' }),
    /defaultVersion "v9" of service "web" is not defined \(it has "v1", "v2"\)/,
  ],
  [
    'an unknown version',
    (c) => web(c).version('v3'),
    /version "v3" of service "web" is not defined \(it has "v1", "v2"\) \(did you mean "v1" or "v2"\?\)/,
  ],
  [
    'a canary that is the stable version',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v1', percent: 1 } as any),
    /stable and canary of "chart\/R" are both "v1"/,
  ],
  [
    'a canary of an unknown version',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v22', percent: 1 } as any),
    /version "v22".*did you mean "v2"/,
  ],
  [
    'a canary for nobody',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2' } as any),
    /"chart\/R" has neither percent nor steps/,
  ],
  [
    'two canaries of one service',
    (c) => {
      const s = web(c);
      new m.CanaryRelease(c, 'R', { service: s, stable: 'v1', canary: 'v2', percent: 1 } as any);
      new m.CanaryRelease(c, 'S', { service: s, stable: 'v1', canary: 'v2', percent: 2 } as any);
    },
    /rules of host .*"r" \(chart\/R, .*versions\.test\.ts:\d+\) and "s" \(chart\/S, .*\) are both about every request/,
  ],
  [
    'a canary that moves the default',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v2', canary: 'v1', percent: 1 } as any),
    /makes version "v2" of service "web" the default, which is "v1" already/,
  ],
  [
    'a step that is not there',
    (c) => new m.CanaryRelease(c, 'R', { service: web(c), stable: 'v1', canary: 'v2', steps: [1, 2], step: 2 } as any),
    /step of "chart\/R" is 2: it has 2 steps/,
  ],
]);
