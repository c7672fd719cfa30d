import { Lazy } from 'cdk8s';
import * as m from '../../../src';
import { db, gateway, refuses, solo } from './support';

const issuer = 'https://login.example.com';
const policy =
  (o: object, of: any = solo) =>
  (c: any) =>
    new m.JwtPolicy(c, 'J', { target: of(c), issuers: [{ issuer }], ...o } as any);
const of = (o: object) => policy({ issuers: [{ issuer, ...o }] });

const access = (o: object) => (c: any) => new m.AccessPolicy(c, 'A', { service: solo(c), allowNamespaces: ['n'], ...o } as any);

refuses([
  [
    'a route by claim where nobody looks at tokens',
    (c: any) => gateway(c).route(m.claim('group').is('beta').or(m.path.prefix('/')), solo(c)),
    /gateway "edge" has routes for claim "group" and no JwtPolicy/,
  ],
  [
    'a route by claim in a sidecar',
    (c: any) => solo(c).routeTo('v1', m.header('a').is('b').and(m.claim('group').is('beta')), 'beta'),
    /property "when" of a route of service "solo" asks for claim "group": only routes of an IngressGateway can/,
  ],
  [
    'a fault by claim',
    (c: any) =>
      new m.FaultInjection(c, 'F', { service: solo(c), when: m.claim('a.b').isNot('c') as any, abort: { status: 500 } }),
    /property "when" of "chart\/F" asks for claim "a\.b"/,
  ],
  ['a dry run that is a word', access({ dryRun: 'yes' }), /property "dryRun" of "chart\/A" is "yes": it has to be true or false/],
  [
    'a dry run that narrows nothing',
    (c: any) => {
      const callee = solo(c);
      const caller = new m.MeshService(c, 'Page', { port: m.Port.http(80), versions: { v1: { image: 'x' } }, calls: [callee] });
      new m.AccessPolicy(c, 'A', { service: callee, allow: [caller], methods: ['GET'], dryRun: true });
    },
    /what is allowed adds up, so nothing is narrowed/,
  ],
  [
    'connections at the pods of a gateway whose tokens are looked at',
    (c: any) => {
      const target = gateway(c).route(m.path.prefix('/'), solo(c));
      new m.IngressGateway(c, 'Side', { hosts: [] }).tcp(6379, db(c));
      return new m.JwtPolicy(c, 'J', { target, issuers: [{ issuer }] });
    },
    /a token at gateway "edge" would be asked of connections too, which gateway "side" hands on at the same pods \(tcp\)/,
  ],
  [
    'TLS connections at the same gateway',
    (c: any) => {
      const target = gateway(c, { deploy: true }).route(m.path.prefix('/'), solo(c));
      target.passthrough(['b.example.com'], db(c));
      return new m.JwtPolicy(c, 'J', { target, issuers: [{ issuer }] });
    },
    /which gateway "edge" hands on at the same pods \(passthrough\), .*\(deploy: true/,
  ],
  ['no claims', access({ claims: {} }), /claims for namespace "n" are empty/],
  [
    'a claim without values',
    access({ claims: { group: [] } }),
    /claim "group" for namespace "n" has a list of 0: it has to be a list of values/,
  ],
  ['a claim whose value is no list', access({ claims: { group: 'admin' } }), /claim "group" .* has "admin": it has to be a list/],
  [
    'a claim in brackets',
    access({ claims: { 'a[b]': ['x'] } }),
    /a claim for namespace "n" is "a\[b\]", which is no name of a claim/,
  ],
  ['a claim with "*" inside', access({ claims: { a: ['x*y'] } }), /value "x\*y" of claim "a" .* has "\*" inside/],
  [
    'an address that is none',
    access({ allowIpBlocks: ['10.0.0'] }),
    /address "10\.0\.0" in "chart\/A" is not an IP or a CIDR block/,
  ],
  ['a block that is none', access({ denyIpBlocks: ['10.0.0.0/33'] }), /address "10\.0\.0\.0\/33" in "chart\/A"/],
  [
    'claims of connections',
    (c: any) => new m.AccessPolicy(c, 'A', { service: db(c), allowNamespaces: ['n'], claims: { a: ['b'] } }),
    /a limit to methods, paths or claims for namespace "n" needs an HTTP port/,
  ],
  ['no issuer', policy({ issuers: [] }), /issuers of "chart\/J" is empty/],
  ['an issuer that is a name', policy({ issuers: ['https://a.example.com'] }), /issuer 0 of "chart\/J"/],
  [
    'an issuer without keys that is no URL',
    policy({ issuers: [{ issuer: 'me' }] }),
    /issuer of issuer 0 .*neither jwks nor jwksUri.*"me": it has to be a URL/,
  ],
  [
    'an issuer twice',
    policy({ issuers: [{ issuer }, { issuer, audiences: ['a'] }] }),
    /issuers of "chart\/J" have "https:\/\/login\.example\.com" twice/,
  ],
  ['keys both written and fetched', of({ jwks: '{}', jwksUri: 'https://a/b' }), /has both jwks and jwksUri/],
  ['keys that are no JSON', of({ jwks: 'keys' }), /jwks of issuer 0 .* is not JSON/],
  ['no keys', of({ jwks: '{"keys": []}' }), /has no keys/],
  [
    'keys that are private',
    of({ jwks: '{"keys": [{"kty":"RSA","n":"a","e":"AQAB","d":"secret"}]}' }),
    /key 0 in jwks of issuer 0 of "chart\/J" holds a private part \("d"\)/,
  ],
  ['a key that both sides know', of({ jwks: '{"keys": [{"kty":"oct","k":"secret"}]}' }), /holds a private part \("k"\)/],
  ['keys from a file', of({ jwksUri: 'file:///keys' }), /jwksUri of issuer 0 .* has to be a URL/],
  ['no audience', of({ audiences: [] }), /audiences of issuer 0 of "chart\/J" is empty/],
  ['a header that is none', of({ claimsToHeaders: { 'a b': 'sub' } }), /a header of claimsToHeaders/],
  ['a claim that is none', of({ claimsToHeaders: { a: 5 } }), /the claim for header "a"/],
  ['a header twice', of({ claimsToHeaders: { a: 'x', A: 'y' } }), /has header "A" twice, in other letters/],
  ['a misspelt property of an issuer', of({ audience: 'a' }), /no property "audience".*audiences/],
  ['a misspelt property', policy({ optional: true }), /no property "optional"/],
  [
    'what becomes of requests without a token',
    policy({ missing: 'denied' }),
    /missing of "chart\/J" is "denied": it has to be "refused" or "accepted"/,
  ],
  ['a path that is none', policy({ exceptPaths: ['healthz'] }), /path "healthz" for exceptPaths/],
  ['a method that is none', policy({ exceptMethods: ['options'] }), /method "options" in exceptMethods .* is not an HTTP method/],
  ['exceptions from nothing', policy({ missing: 'accepted', exceptPaths: ['/a'] }), /nothing to except/],
  ['tokens of connections', policy({}, db), /a token needs an HTTP port/],
  ['a target that is a name', policy({ target: 'web' }), /target of "chart\/J" is "web"/],
  ['a target that is known later', policy({ target: Lazy.any({ produce: () => 1 }) }), /target of "chart\/J" is a Lazy/],
  [
    'two policies of one target',
    (c: any) => {
      const target = solo(c);
      for (const id of ['J', 'K']) new m.JwtPolicy(c, id, { target, issuers: [{ issuer }] });
    },
    /the target of "chart\/K" has "chart\/J" already/,
  ],
  [
    'a wildcard of a gateway that shares its pods',
    policy({}, (c: any) => gateway(c, { hosts: ['*.example.com'] })),
    /gateway "edge" has "\*\.example\.com" on pods that it shares, .* deploy: true/,
  ],
]);

describe('claims of routes', () =>
  refuses(
    [
      ['a claim in brackets', () => m.claim('a[b]'), /what claim\(…\) takes is "a\[b\]", which is no name of a claim/],
      ['a claim without a name', () => m.claim(undefined as never), /what claim\(…\) takes is undefined/],
      ['no value', () => m.claim('a').is(''), /value of claim "a" is empty/],
      ['a regex that is none', () => m.claim('a').matches('('), /claim "a": /],
      [
        'a value that no one claim has',
        () => m.claim('a').is('b').and(m.claim('a').isNot('b')),
        /no request can meet claim a is "b" and claim a not: is "b" at once/,
      ],
    ],
    'value',
  ));
