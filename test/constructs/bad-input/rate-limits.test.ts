import { App, Chart, Lazy } from 'cdk8s';
import * as m from '../../../src';
import { db, gateway, image, refuses, solo, web } from './support';

const all = { requests: 5, per: 'second' };
const limit =
  (o: object, target: any = solo) =>
  (c: any) =>
    new m.RateLimit(c, 'L', { target: target(c), ...o } as any);
const local = (o: object, target?: any) => limit({ local: { all: { ...all, ...o } } }, target);
const service = (c: any, o: object = {}) =>
  new m.RateLimitService(c, 'R', { image: 'r:1', redis: { image: 'redis:7' }, ...o } as any);
const global =
  (o: object, by: any = service) =>
  (c: any) =>
    new m.RateLimit(c, 'L', { target: solo(c), global: { service: by(c), limits: { all }, ...o } } as any);

refuses([
  ['no limits', limit({}), /"chart\/L" limits nothing: give it local/],
  ['empty limits', limit({ local: {} }), /"chart\/L" limits nothing/],
  [
    'empty limits beside others',
    (c: any) => limit({ local: {}, global: { service: service(c), limits: { all } } })(c),
    /"chart\/L" limits nothing/,
  ],
  ['no limits for all replicas', global({ limits: {} }), /global of "chart\/L" limits nothing/],
  ['a misspelt property', limit({ locals: {} }), /"chart\/L" has no property "locals".*local/],
  ['a misspelt property of a limit', local({ request: 5 }), /limit "all" of "chart\/L" has no property "request".*requests/],
  ['a name that is none', limit({ local: { 'A b': all } }), /limit "A b" of "chart\/L"/],
  ['no requests', local({ requests: 0 }), /requests of limit "all" of "chart\/L" is 0: .* AccessPolicy/],
  ['half a request', local({ requests: 0.5 }), /requests of limit "all" .* is 0\.5/],
  ['requests as text', local({ requests: '5' }), /property "requests" of limit "all" .* has to be a number/],
  ['a time that is none', local({ per: 'seconds' }), /per of limit "all" of "chart\/L" is "seconds".*did you mean "second"/],
  ['a burst below the requests', local({ burst: 4 }), /burst of limit "all" .* is 4: .* not below requests \(5\)/],
  [
    'a burst where a service counts',
    global({ limits: { all: { ...all, burst: 9 } } }),
    /limit "all" of global .* no property "burst"/,
  ],
  [
    'each of what is not known',
    local({ each: 'ip' }),
    /each of limit "all" .* is "ip": it has to be 'client', 'caller' or \{ header/,
  ],
  ['each of a header that is none', local({ each: { header: 'a b' } }), /header of each of limit "all"/],
  ['each of two things', local({ each: { header: 'a', cookie: 'b' } }), /each of limit "all" .* no property "cookie"/],
  [
    'a version that has the account of its siblings',
    (c: any) => local({ from: web(c).version('v2') })(c),
    /version "v2" of service "web" has the same service account "web" as "v1".*serviceAccount: 'own'/,
  ],
  [
    'a caller of another app',
    (c: any) => local({ from: web(new Chart(new App(), 'other', { namespace: 'n' })) })(c),
    /from of limit "all" of "chart\/L".*another app/,
  ],
  ['a caller that is a name', local({ from: 'web' }), /property "from" of limit "all" .* is "web"/],
  ['a query', local({ when: m.query('a').is('b') }), /when of limit "all" .* is about query parameters.* limit by path/],
  ['a regex on the path', local({ when: m.path.matches('/a.*') }), /when of limit "all" .* has a regex on the path.*path\.exact/],
  [
    'parts that one request can meet at once',
    local({ when: m.header('a').is('1').or(m.header('b').is('2')) }),
    /when of limit "all" .* parts that one request can meet at once.*count it twice/,
  ],
  ['connections', local({}, db), /a rate limit needs an HTTP port, and service "db"/],
  ['a target that is a name', limit({ local: { all }, target: 'web' }), /target of "chart\/L" is "web"/],
  [
    'a target that is known later',
    limit({ local: { all }, target: Lazy.any({ produce: () => 1 }) }),
    /target of "chart\/L" is a Lazy/,
  ],
  [
    'two of one target',
    (c: any) => {
      const target = solo(c);
      for (const id of ['L', 'M']) new m.RateLimit(c, id, { target, local: { all } } as any);
    },
    /the target of "chart\/M" has "chart\/L" already: say all its limits in one/,
  ],
  [
    'callers of a gateway',
    local({ each: 'caller' }, gateway),
    /limit "all" of "chart\/L" tells callers apart.*clients of a gateway/,
  ],
  [
    'one caller of a gateway',
    (c: any) => local({ from: solo(c) }, gateway)(c),
    /limit "all" of "chart\/L" tells callers apart.*each: 'client'/,
  ],
  ['nobody who counts', global({ service: undefined }), /global of "chart\/L" lacks its property "service"/],
  [
    'a service that counts nothing',
    global({}, (c: any) => db(c)),
    /service in global of "chart\/L" .* has to be a RateLimitService/,
  ],
  ['a port that is known', global({ port: 8081 }), /port in global of "chart\/L" is known: leave it out/],
  [
    'a port that is none',
    global({ port: 0 }, () => m.MeshService.fromName({ name: 'a', namespace: 'b' })),
    /port in global of "chart\/L" is 0/,
  ],
  [
    'a service of another app',
    global({}, () => service(new Chart(new App(), 'other', { namespace: 'n' }))),
    /the service in global of "chart\/L".*another app/,
  ],
  [
    'an ambient namespace',
    (c: any) => {
      new m.SecureNamespace(c, 'N', { dataPlane: 'ambient' });
      local({})(c);
    },
    /service "solo" is in ambient namespace "shop": ztunnel limits no requests/,
  ],
  [
    'a mesh that is ambient',
    (c: any, app: any) => {
      new m.Mesh(app, 'Mesh', { dataPlane: 'ambient' });
      local({})(c);
    },
    /service "solo" is in ambient namespace "shop"/,
  ],
  [
    'a service that the proxy cannot see',
    (c: any, app: any) => {
      new m.SecureNamespace(c, 'N');
      global({}, () => service(new Chart(app, 'platform', { namespace: 'platform' })))(c);
    },
    /service "solo" does not say what it calls.*would not find service "r".*"platform\/\*" in the providers/,
  ],
  [
    'no image',
    (c: any) => new m.RateLimitService(c, 'R', { redis: { image: 'r' } } as any),
    /"chart\/R" lacks its property "image"/,
  ],
  ['a store that is a name', (c: any) => service(c, { redis: 'redis' }), /property "redis" of "chart\/R" is "redis"/],
  [
    'two stores',
    (c: any) => service(c, { redis: { image: 'a', service: db(c) } }),
    /redis of "chart\/R" has no property "service"/,
  ],
  ['a store that is nothing', (c: any) => service(c, { redis: {} }), /redis of "chart\/R" lacks its property "service"/],
  [
    'a store that cannot be called',
    (c: any) => service(c, { redis: { service: image } }),
    /a call of service "r" names .*it has to be a service or an ExternalService|service of redis of "chart\/R"/,
  ],
]);
