import { Agent } from 'node:https';
import { expired } from '../../src/cluster/expired';

/** Valid for a day of November 2026. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBdDCCARmgAwIBAgIUPP+C+or8hvH0T8x0TWzOO60P7WowCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEamFuZTAeFw0yNjExMjIwNDU0MTVaFw0yNjExMjMwNDU0MTVa
MA8xDTALBgNVBAMMBGphbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT3bKmF
PQQixXjp87ypCfpHzuBRKsvfJlfVhFYPVmCcBFlzxjRiXcdgFEZULKkKDlkMraO/
5pyEa9gusRR2p0GIo1MwUTAdBgNVHQ4EFgQU2PjH5fa6APg5C2rweQX2U/PJdkEw
HwYDVR0jBBgwFoAU2PjH5fa6APg5C2rweQX2U/PJdkEwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNJADBGAiEA2bqxW/WqRNLELIJooZQX+M582rZQQBQuU1Js
754rJa0CIQDyGwIQjKzMlL7j7Z4f3MDN0oz5cw5vyOFubNnrv+1F3Q==
-----END CERTIFICATE-----`;
const jwt = (claims: object) => `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const [then, later] = [Date.parse('2026-11-22T05:00:00Z'), Date.parse('2027-01-01T00:00:00Z')];
const of = (authorization: string | undefined, cert?: string) => ({
  agent: new Agent(cert === undefined ? {} : { cert }),
  headers: authorization === undefined ? {} : { Authorization: authorization },
});

test('a client certificate says until when it is good', () => {
  expect(expired(of(undefined, CERTIFICATE), then)).toBeUndefined();
  expect(expired(of(undefined, CERTIFICATE), later)).toMatch(/^its client certificate expired on 2026-11-23T.*Z$/);
});

test('so does a token that is a JWT', () => {
  expect(expired(of(jwt({ exp: then / 1000 + 1 })), then)).toBeUndefined();
  expect(expired(of(jwt({ exp: then / 1000 })), later)).toBe('its token expired on 2026-11-22T05:00:00.000Z');
});

test.each([
  ['a token that says nothing', of('Bearer nonsense')],
  ['one that only looks like a JWT', of('Bearer a.b.c')],
  ['a JWT without an end', of(jwt({ sub: 'jane' }))],
  ['a password', of('Basic dTpw')],
  ['what is no certificate', of(undefined, 'not a certificate')],
  ['nothing at all', of(undefined)],
])('%s: nothing is known', (_, credentials) => expect(expired(credentials, later)).toBeUndefined());
