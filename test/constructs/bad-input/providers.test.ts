import * as m from '../../../src';
import { db, gateway, refuses, solo } from './support';

const opa = { name: 'opa', envoyExtAuthzGrpc: { service: 'opa.opa.svc.cluster.local', port: 9191 } };
const mesh = (app: any, extensionProviders: unknown = [opa]) => new m.Mesh(app, 'Mesh', { meshConfig: { extensionProviders } });
const ask =
  (o: object, of: any = solo, providers?: unknown) =>
  (c: any, app: any) => {
    mesh(app, providers);
    return new m.ExternalAuthorization(c, 'A', { target: of(c), provider: 'opa', ...o } as any);
  };

refuses([
  [
    'a provider that is not there',
    ask({ provider: 'opaa' }),
    /provider of "chart\/A" is "opaa", and the Mesh's meshConfig has for authorization "opa".*did you mean "opa"/,
  ],
  [
    'a Mesh without providers',
    (c: any) => new m.ExternalAuthorization(c, 'A', { target: solo(c), provider: 'opa' }),
    /the Mesh's meshConfig has no extensionProviders for authorization/,
  ],
  [
    'a provider of another kind',
    ask({}, solo, [{ name: 'opa', zipkin: { service: 'z.z.svc.cluster.local', port: 9411 } }]),
    /no extensionProviders for authorization/,
  ],
  ['a provider without a host', ask({}, solo, [{ name: 'opa', envoyExtAuthzHttp: { port: 80 } }]), /"opa" .* has no service/],
  ['providers that are no list', ask({}, solo, 'opa'), /extensionProviders in meshConfig of "Mesh" is no list/],
  ['a provider of no kind', ask({}, solo, [{ name: 'opa' }]), /extensionProviders\[0\] .* has to have a name and one kind/],
  [
    'a provider of two kinds',
    ask({}, solo, [{ ...opa, zipkin: {} }]),
    /extensionProviders\[0\] .* has to have a name and one kind/,
  ],
  ['a target that is a name', ask({ target: 'web' }), /target of "chart\/A" is "web"/],
  ['a target of connections', ask({}, db), /a decision outside needs an HTTP port/],
  ['a path that is none', ask({ exceptPaths: ['healthz'] }), /path "healthz" for exceptPaths of "chart\/A"/],
  ['a misspelt property', ask({ exceptPath: ['/a'] }), /no property "exceptPath".*exceptPaths/],
  [
    'two providers of one service',
    (c: any, app: any) => {
      mesh(app, [opa, { ...opa, name: 'other' }]);
      const target = solo(c);
      new m.ExternalAuthorization(c, 'A', { target, provider: 'opa' });
      new m.ExternalAuthorization(c, 'B', { target, provider: 'other' });
    },
    /pods of the target of "chart\/B" have "chart\/A" already, which asks provider "opa"/,
  ],
  [
    'two providers of gateways over the same pods',
    (c: any, app: any) => {
      mesh(app, [opa, { ...opa, name: 'other' }]);
      const side = new m.IngressGateway(c, 'Side', { hosts: ['b.example.com'] });
      new m.ExternalAuthorization(c, 'A', { target: gateway(c), provider: 'opa' });
      new m.ExternalAuthorization(c, 'B', { target: side, provider: 'other' });
    },
    /pods of the target of "chart\/B" have "chart\/A" already/,
  ],
  [
    'a service of an ambient namespace',
    (c: any, app: any) => {
      mesh(app);
      new m.SecureNamespace(c, 'N', { dataPlane: 'ambient' });
      return new m.ExternalAuthorization(c, 'A', { target: solo(c), provider: 'opa' });
    },
    /a decision outside at service "solo" is decided by no one, since namespace "shop" is ambient/,
  ],
  [
    'tokens of a service of an ambient namespace',
    (c: any) => {
      new m.SecureNamespace(c, 'N', { dataPlane: 'ambient' });
      return new m.JwtPolicy(c, 'J', { target: solo(c), issuers: [{ issuer: 'https://a.example.com' }] });
    },
    /a token at service "solo" is decided by no one, since namespace "shop" is ambient/,
  ],
]);
