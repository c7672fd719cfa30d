import * as m from '../../../src';
import { db, image, refuses, solo, web } from './support';

const flagger =
  (o: object, of: any = solo) =>
  (c: any) =>
    new m.CanaryRelease(c, 'R', { engine: 'flagger', service: of(c), steps: [5, 50], ...o } as any);
const rollouts =
  (steps: unknown, o: object = {}, of: any = solo) =>
  (c: any) =>
    new m.CanaryRelease(c, 'R', { engine: 'argo-rollouts', service: of(c), steps, ...o } as any);
const one = (c: any, o: object) => solo(c, { versions: { v1: { ...image, ...o } } });
const x = m.header('x').is('1');
const adopted = (c: any) =>
  m.MeshService.adopt(c, 'A', { name: 'a', port: m.Port.http(80), versions: { v1: {} }, podLabels: { app: 'a' } });
const twice = (c: any) => {
  const service = solo(c);
  new m.CanaryRelease(c, 'A', { engine: 'flagger', service, steps: [5] });
  new m.CanaryRelease(c, 'R', { engine: 'argo-rollouts', service, steps: [{ setWeight: 5 }] });
};

refuses([
  ['an engine that is none', flagger({ engine: 'argo' }), /engine of "chart\/R" is "argo": .* "argo-rollouts"/],
  ['two versions', flagger({}, web), /service "web" of "chart\/R" has 2 versions, .* give it one version, or leave engine out/],
  ['an adopted service', flagger({}, adopted), /service "a" of "chart\/R" is adopted/],
  ['two releases', twice, /service "solo" of "chart\/R" is released by "chart\/A" already/],
  ['stable and canary beside an engine', flagger({ stable: 'v1' }), /"chart\/R" has no property "stable"/],
  ['Flagger and connections', flagger({}, (c: any) => solo(c, { port: m.Port.redis(1) })), /needs an HTTP port/],
  [
    'Flagger and two ports',
    flagger({}, (c: any) => solo(c, { port: undefined, ports: [m.Port.http(1), m.Port.grpc(2)] })),
    /has 2 ports, and Flagger routes .* to the first one/,
  ],
  ['Flagger and replicas', flagger({}, (c: any) => one(c, { replicas: 2 })), /say autoscale: { min: 2, max: 2 } instead/],
  ['Flagger and its label', flagger({}, (c: any) => one(c, { podLabels: { name: 'a' } })), /podLabels .* have "name"/],
  [
    'a name that is too long with what Flagger adds',
    flagger({}, (c: any) => solo(c, { name: 'a'.repeat(58) })),
    /name of the primary Service of "chart\/R"/,
  ],
  ['no steps', flagger({ steps: [] }), /neither steps nor an audience/],
  ['steps that do not rise', flagger({ steps: [5, 5] }), /steps\[1\] of "chart\/R" is 5 after 5/],
  ['a first step of 0', flagger({ steps: [0, 5] }), /steps\[0\] of "chart\/R" is 0: .* mirrorFirst/],
  ['a fraction', flagger({ steps: [0.5] }), /steps\[0\] of "chart\/R" is 0.5: the controller takes whole percents/],
  ['more than all', flagger({ steps: [101] }), /steps\[0\] of "chart\/R" is 101/],
  ['both steps and an audience', flagger({ audience: x, iterations: 1 }), /has both steps and an audience/],
  ['an audience without end', flagger({ steps: undefined, audience: x }), /has an audience and no iterations/],
  [
    'copies for an audience',
    flagger({ steps: undefined, audience: x, iterations: 1, mirrorFirst: 5 }),
    /mirrorFirst and an audience/,
  ],
  ['iterations of steps', flagger({ iterations: 3 }), /has iterations and no audience/],
  ['no iteration', flagger({ steps: undefined, audience: x, iterations: 0 }), /iterations of "chart\/R" is 0/],
  [
    'an audience on a path',
    flagger({ steps: undefined, audience: m.path.exact('/a'), iterations: 1 }),
    /audience of "chart\/R" is "path \/a": Flagger asks for values of headers and query parameters alone/,
  ],
  [
    'an audience that has a header at all',
    flagger({ steps: undefined, audience: m.header('x').present(), iterations: 1 }),
    /Flagger asks for values of headers and query parameters alone/,
  ],
  [
    'an audience of all',
    flagger({ steps: undefined, audience: m.always, iterations: 1 }),
    /audience of "chart\/R" is every request/,
  ],
  ['copies of nothing', flagger({ mirrorFirst: 0 }), /mirrorFirst of "chart\/R" is 0: leave it out/],
  ['an interval that is too short', flagger({ interval: '5s' }), /interval of "chart\/R" is 5s: Flagger takes 10s at least/],
  ['an interval of no whole seconds', flagger({ interval: '10500ms' }), /interval of "chart\/R" is 10500ms: .* whole seconds/],
  ['no failure at all', flagger({ threshold: 0 }), /threshold of "chart\/R" is 0/],
  ['metrics of nothing', flagger({ metrics: {} }), /metrics of "chart\/R" ask for nothing/],
  ['a metric that is none', flagger({ metrics: { p95: '1s' } }), /metrics of "chart\/R" has no property "p95".*"p99"/],
  ['a success rate above all', flagger({ metrics: { successRate: 101 } }), /successRate of metrics of "chart\/R" is 101/],

  ['a Rollout without steps', rollouts([]), /"chart\/R" has no steps/],
  ['steps that are numbers', rollouts([5]), /steps\[0\] of "chart\/R" has 5 for its properties/],
  ['a step of nothing', rollouts([{}]), /steps\[0\] of "chart\/R" says nothing: a step is one of them/],
  ['a step of two', rollouts([{ setWeight: 5, pause: '1m' }]), /steps\[0\] of "chart\/R" says "setWeight", "pause"/],
  ['a misspelt step', rollouts([{ setweight: 5 }]), /no property "setweight".*"setWeight"/],
  ['a weight above all', rollouts([{ setWeight: 150 }]), /setWeight of steps\[0\] of "chart\/R" is 150/],
  ['a pause that is none', rollouts([{ pause: 'forever' }]), /pause of steps\[0\] of "chart\/R" is "forever"/],
  ['a pause of no whole seconds', rollouts([{ pause: '1ms' }]), /is 1ms: the controller takes whole seconds/],
  ['a scale that is none', rollouts([{ setCanaryScale: 3 }]), /setCanaryScale of steps\[0\] of "chart\/R" is 3: it has to be/],
  ['a scale of nothing', rollouts([{ setCanaryScale: {} }]), /setCanaryScale of steps\[0\] of "chart\/R" says nothing/],
  ['a scale of half a pod', rollouts([{ setCanaryScale: { replicas: 0.5 } }]), /replicas of setCanaryScale .* is 0.5/],
  ['an analysis of nothing', rollouts([{ analysis: [] }]), /analysis of steps\[0\] of "chart\/R" names no AnalysisTemplate/],
  [
    'a header route to no pods',
    rollouts([{ setHeaderRoute: { name: 'b', when: x } }]),
    /the canary, which has no pods at that step/,
  ],
  [
    'a header route to pods that are gone',
    rollouts([{ setWeight: 5 }, { setCanaryScale: { replicas: 0 } }, { setMirrorRoute: { name: 'b', when: x } }]),
    /steps\[2\] of "chart\/R" sends requests to the canary, which has no pods/,
  ],
  [
    'a header route on two headers',
    rollouts([{ setWeight: 5 }, { setHeaderRoute: { name: 'b', when: x.and(m.header('y').is('1')) } }]),
    /a Rollout's header route asks for the value of one header/,
  ],
  [
    'a header route on a path',
    rollouts([{ setWeight: 5 }, { setHeaderRoute: { name: 'b', when: m.path.exact('/a') } }]),
    /a Rollout's header route asks for the value of one header/,
  ],
  [
    'a header route that is taken out and never made',
    rollouts([{ setHeaderRoute: { name: 'b' } }]),
    /takes the route "b" out, which no step before has made/,
  ],
  [
    'one name for two kinds of routes',
    rollouts([{ setWeight: 5 }, { setHeaderRoute: { name: 'b', when: x } }, { setMirrorRoute: { name: 'b', when: x } }]),
    /names its route "b", as a setHeaderRoute does/,
  ],
  [
    'copies of all',
    rollouts([{ setWeight: 5 }, { setMirrorRoute: { name: 'b', when: m.always } }]),
    /is every request: .* say path.prefix/,
  ],
  [
    'copies by query',
    rollouts([{ setWeight: 5 }, { setMirrorRoute: { name: 'b', when: m.query('a').is('1') } }]),
    /a Rollout's mirror route asks for the path, the method and the values of headers alone/,
  ],
  [
    'a share of copies that end',
    rollouts([{ setWeight: 5 }, { setMirrorRoute: { name: 'b', when: x } }, { setMirrorRoute: { name: 'b', percent: 5 } }]),
    /has a percent and no `when`/,
  ],
  ['an audience of a Rollout', rollouts([{ setWeight: 5 }], { audience: x }), /"chart\/R" has no property "audience"/],
  [
    'two TLS ports',
    rollouts([{ setWeight: 5 }], {}, (c: any) =>
      solo(c, { port: undefined, ports: [m.Port.tls(1), m.Port.tls(2, { name: 'tls-b' })] }),
    ),
    /several routes of TLS connections/,
  ],
  ['connections with two versions', rollouts([{ setWeight: 5 }], {}, db), /service "db" of "chart\/R" has 2 versions/],
]);
