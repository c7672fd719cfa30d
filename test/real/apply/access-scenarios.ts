import { allow, app } from './app';
import { asks, istio, type NamedScenario } from './scenario';

/** Releases that change who may call. */
export const ACCESS_SCENARIOS: readonly NamedScenario[] = [
  [
    'callers',
    (n) => {
      const services = ['page', 'other', 'third'].map((name) => ({ name }));
      const of = (...callers: string[]) => app(n, [...services, { name: 'web', callers }]);
      const before = of('page', 'other');
      return { before, after: of('third', 'page'), witnesses: [asks(n, 'web')], strangers: [asks(n, 'web', 'web')] };
    },
  ],
  [
    'locked',
    (n) => {
      const open = app(n, [{ name: 'page' }, { name: 'web' }]);
      return {
        before: open,
        after: [
          ...open,
          istio('AuthorizationPolicy', n, 'deny-all', {}),
          allow(n, 'web', ['page']),
          istio('PeerAuthentication', n, 'default', { mtls: { mode: 'STRICT' } }),
        ],
        witnesses: [asks(n, 'web')],
      };
    },
  ],
  [
    'unlocked',
    (n) => {
      const open = app(n, [{ name: 'page' }, { name: 'web' }]);
      return {
        before: [...open, istio('AuthorizationPolicy', n, 'deny-all', {}), allow(n, 'web', ['page'])],
        after: open,
        witnesses: [asks(n, 'web')],
      };
    },
  ],
  [
    'moved-allow',
    (n) => {
      // the rule that lets page in moves from one policy to another
      const open = app(n, [{ name: 'page' }, { name: 'web' }]);
      const policy = (name: string) => ({ ...allow(n, 'web', ['page']), metadata: { name, namespace: n } });
      return {
        before: [...open, policy('first')],
        after: [...open, policy('second')],
        witnesses: [asks(n, 'web')],
        strangers: [asks(n, 'web', 'web')],
      };
    },
  ],
  [
    'guarded',
    (n) => {
      // a service comes with its policy, another goes with its own
      const rest = app(n, [{ name: 'page' }, { name: 'other' }]);
      const guarded = (name: string) => app(n, [{ name, callers: ['page'] }]).slice(1);
      return {
        before: [...rest, ...guarded('old')],
        after: [...rest, ...guarded('new')],
        witnesses: [],
        strangers: [asks(n, 'old', 'other'), asks(n, 'new', 'other')],
      };
    },
  ],
  [
    'denied',
    (n) => {
      // who was denied by name is then not among those who may
      const rest = app(n, [{ name: 'page' }, { name: 'other' }, { name: 'web' }]);
      const denied = istio('AuthorizationPolicy', n, 'not-other', {
        selector: { matchLabels: { app: 'web' } },
        action: 'DENY',
        rules: [{ from: [{ source: { principals: [`cluster.local/ns/${n}/sa/other`] } }] }],
      });
      return {
        before: [...rest, denied],
        after: [...rest, allow(n, 'web', ['page'])],
        witnesses: [asks(n, 'web')],
        strangers: [asks(n, 'web', 'other')],
      };
    },
  ],
  [
    'widened',
    (n) => {
      // more may, but not all of it: who was shut out altogether finds no open door meanwhile
      const rest = app(n, [{ name: 'page' }, { name: 'other' }, { name: 'web' }]);
      const denied = istio('AuthorizationPolicy', n, 'no-admin', {
        selector: { matchLabels: { app: 'web' } },
        action: 'DENY',
        rules: [{ to: [{ operation: { paths: ['/admin'] } }] }],
      });
      return {
        before: [...rest, allow(n, 'web', ['page'])],
        after: [...rest, allow(n, 'web', ['page', 'other']), denied],
        witnesses: [asks(n, 'web')],
        strangers: [{ ...asks(n, 'web', 'other'), how: { path: '/admin' } }],
      };
    },
  ],
  [
    'tokens',
    (n) => {
      // who calls has a token that is looked at, and then asked for
      const rest = app(n, [{ name: 'page' }, { name: 'other' }, { name: 'web' }]);
      const issuer = 'https://issuer.example';
      const chosen = { selector: { matchLabels: { app: 'web' } } };
      const asked = istio('RequestAuthentication', n, 'web', { ...chosen, jwtRules: [{ issuer, jwks: '{"keys":[]}' }] });
      const needed = istio('AuthorizationPolicy', n, 'token', {
        ...chosen,
        rules: [{ from: [{ source: { requestPrincipals: [`${issuer}/*`] } }] }],
      });
      const authorization = [`Bearer ${tokenOf(issuer)}`];
      return {
        before: rest,
        after: [...rest, asked, needed],
        witnesses: [{ ...asks(n, 'web'), how: { headers: { authorization } } }],
      };
    },
  ],
];

/** A token whose signature the trace does not look at. */
const tokenOf = (iss: string): string =>
  [{ alg: 'RS256', kid: 'k' }, { iss, sub: 'somebody', exp: 4_102_444_800 }, 'x']
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');
