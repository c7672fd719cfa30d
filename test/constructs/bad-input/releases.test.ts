import { CanaryRelease, header, Port } from '../../../src';
import { outside, refuses, web } from './support';

const release = (o: { service?: unknown } & Record<string, unknown>) => (c: any) =>
  new CanaryRelease(c, 'R', { stable: 'v1', canary: 'v2', percent: 5, ...o, service: o.service ?? web(c) } as any);

refuses([
  [
    'a misspelt property',
    release({ mirrorfirst: 5 }),
    /"chart\/R" has no property "mirrorfirst" \(did you mean "mirrorFirst"\?\)/,
  ],
  ['a state that is none', release({ state: 'paused' }), /state of "chart\/R" is "paused": it has to be one of "running"/],
  ['a name for a service', release({ service: 'web' }), /property "service" of "chart\/R" is "web": it has to be a service/],
  [
    'a host outside',
    (c) => release({ service: outside({ host: 'a.com', port: Port.http(80) })(c) })(c),
    /service of "chart\/R" is external service "out": it has to be a service of the mesh/,
  ],
  [
    'text for the audience',
    release({ audience: 'beta' }),
    /property "audience" of "chart\/R" is "beta": it has to be a condition/,
  ],
  ['a name for the callers', release({ from: 'page' }), /property "from" of "chart\/R" is "page"/],
  ['a step of no steps', release({ step: 1 }), /"chart\/R" has a step and no steps/],
  ['a cookie without a name', release({ sticky: {} }), /sticky of "chart\/R" lacks its property "cookie"/],
  ['a cookie whose name is none', release({ sticky: { cookie: 'a b' } }), /"a b" is not a name for the cookie of "chart\/R"/],
  [
    'a misspelt cookie option',
    release({ sticky: { cookie: 'a', maxage: 1 } }),
    /has no property "maxage" \(did you mean "maxAge"/,
  ],
  [
    'a cookie that never is',
    release({ sticky: { cookie: 'a', maxAge: '0s' } }),
    /sticky\.maxAge of "chart\/R" is 0ms: Istio needs a whole number of milliseconds, at least 1/,
  ],
  [
    'copies beside a share',
    release({ mirrorFirst: 10 }),
    /mirrorFirst of "chart\/R" copies requests while the canary gets none of them, and it gets 5 %: begin with 0/,
  ],
  [
    'copies that no step has',
    release({ percent: undefined, steps: [5, 10], mirrorFirst: 10 }),
    /and it has no step of 0: begin with 0/,
  ],
  ['copies of nothing', release({ percent: 0, mirrorFirst: 0 }), /mirrorFirst of "chart\/R" is 0: leave it out/],
  [
    'two audiences of one name',
    (c) => {
      const service = web(c);
      release({ service, audience: header('a').present() })(c);
      new CanaryRelease(c, 'r', { service, stable: 'v1', canary: 'v2', audience: header('b').present() });
    },
    /has a rule "r-audience" already, from "chart\/R"/,
  ],
]);
