import { Lazy } from 'cdk8s';
import * as m from '../../../src';
import { db, refuses, solo, web } from './support';

const experiment =
  (o: object, of: any = web) =>
  (c: any) =>
    new m.Experiment(c, 'E', { service: of(c), arms: { v1: 50, v2: 50 }, ...o } as any);
const release =
  (o: object, of: any = web) =>
  (c: any) =>
    new m.BlueGreenRelease(c, 'B', {
      service: of(c, { defaultVersion: undefined }),
      blue: 'v1',
      green: 'v2',
      active: 'blue',
      ...o,
    } as any);

refuses([
  ['arms of more than everyone', experiment({ arms: { v1: 50, v2: 60 } }), /arms of "chart\/E" add up to 110 %/],
  ['one arm', experiment({ arms: { v1: 100 } }), /arms of "chart\/E" are "v1": a comparison needs two versions/],
  ['no arm', experiment({ arms: {} }), /a comparison needs two versions/],
  [
    'an arm of nobody',
    experiment({ arms: { v1: 100, v2: 0 } }),
    /the share of "v2" in arms of "chart\/E" is 0: leave the version out/,
  ],
  ['an arm that is no version', experiment({ arms: { v1: 50, v3: 50 } }), /version "v3" of service "web" is not defined/],
  ['arms as a list', experiment({ arms: ['v1', 'v2'] }), /"arms" of "chart\/E" is a list of 2: it has to be an object/],
  ['a share that is known later', experiment({ arms: { v1: Lazy.any({ produce: () => 50 }), v2: 50 } }), /"v1" .*Lazy/],
  ['an experiment on connections', experiment({}, db), /experiment "chart\/E" needs an HTTP port/],
  ['an experiment on one version', experiment({}, solo), /version "v2" of service "solo" is not defined/],
  ['a cookie that has no name', experiment({ sticky: { cookie: 'a b' } }), /a name for the cookie of "chart\/E"/],
  [
    'a cookie that lasts no time',
    experiment({ sticky: { cookie: 'a', maxAge: '0.5s' } }),
    /sticky.maxAge of "chart\/E" is 500ms: it has to be whole seconds/,
  ],
  ['a cookie that is a switch', experiment({ sticky: true }), /sticky of "chart\/E"/],
  ['a date that is none', experiment({ until: 'soon' }), /until of "e" is "soon"/],
  ['a property of no experiment', experiment({ audiense: {} }), /no property "audiense".*audience/],
  ['blue that is green', release({ green: 'v1' }), /blue and green of "chart\/B" are both "v1"/],
  ['neither blue nor green', release({ active: 'v1' }), /active of "chart\/B" is "v1"/],
  ['green that is no version', release({ green: 'v9' }), /version "v9" of service "web" is not defined/],
  [
    'a preview of connections',
    (c: any) =>
      new m.BlueGreenRelease(c, 'B', {
        service: new m.MeshService(c, 'D', { port: m.Port.redis(1), versions: { v1: { image: 'x' }, v2: { image: 'x' } } }),
        blue: 'v1',
        green: 'v2',
        active: 'blue',
        preview: m.header('a').is('b') as never,
      }),
    /a preview needs an HTTP port/,
  ],
  [
    'a default that is not the active one',
    (c: any) => new m.BlueGreenRelease(c, 'B', { service: web(c), blue: 'v1', green: 'v2', active: 'green' }),
    /makes version "v2" of service "web" the default, which is "v1" already/,
  ],
]);
