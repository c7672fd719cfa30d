import { add, age, ROOT, type World } from './world';

/** Whom policies are about, or just not: what is likelier stands oftener. */
export interface Target {
  readonly namespaces: readonly string[];
  readonly selectors: readonly Readonly<Record<string, string>>[];
}

/** The workload that is called. */
export const WEB: Target = {
  namespaces: ['foo', 'foo', 'foo', 'foo', ROOT, 'bar'],
  selectors: [{ app: 'web' }, { app: 'web' }, { app: 'no' }],
};

const PATHS = ['/a', '/a/*', '/b*', '*.html', '/api/v1', '/api/*', '/t/{*}/x', '/u/{**}', '/v/{*}/2/{**}', '*', '/admin'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'P*', '*'];
const HOSTS = ['web.foo', '*.foo', 'web.*', 'other.com', '*', 'web.foo:8080', 'Web.Foo'];
const PRINCIPALS = [
  'cluster.local/ns/foo/sa/a',
  'cluster.local/ns/bar/sa/b',
  '*/sa/a',
  'cluster.local/ns/bar/*',
  '*',
  'old.example/ns/foo/sa/a',
  '*a',
];
const NAMESPACES = ['foo', 'bar', 'b*', '*o', '*', 'f*r'];
const TOKENS = ['iss1/sub1', '*', 'iss2/*', '*/sub2', '*/sub1', 'iss1*', 'iss1/s*'];
const HEADER_VALUES = ['v1', 'v*', '*2', '*', 'x'];

/** Values in `name`, or none of them in `notName`. */
function either(w: World, p: number, q: number, name: string, values: readonly string[]): Record<string, unknown> {
  const { dice } = w;
  const not = `not${name[0]!.toUpperCase()}${name.slice(1)}`;
  return {
    ...dice.maybe(p, name, () => dice.some(values, dice.int(1, 2))),
    ...dice.maybe(q, not, () =>
      dice.some(
        values.filter((v) => v !== '*'),
        1,
      ),
    ),
  };
}

function source(w: World): any {
  const { dice } = w;
  const accounts = !dice.chance(0.85);
  const made = {
    ...(accounts
      ? either(w, 0.8, 0.2, 'serviceAccounts', ['a', 'foo/a', 'bar/b', 'z'])
      : { ...either(w, 0.4, 0.12, 'principals', PRINCIPALS), ...either(w, 0.28, 0.1, 'namespaces', NAMESPACES) }),
    ...either(w, 0.08, 0.05, 'ipBlocks', ['127.0.0.0/8', '10.0.0.0/8', '127.0.0.1']),
    ...either(w, 0.1, 0.05, 'remoteIpBlocks', ['10.1.0.0/16', '127.0.0.1', '9.9.9.9']),
    ...either(w, 0.15, 0.05, 'requestPrincipals', TOKENS),
    ...either(w, 0.05, 0.03, 'trustDomains', ['cluster.local', 'old.example', '*.example', 'cluster.*']),
  };
  return { source: Object.keys(made).length > 0 ? made : { namespaces: ['foo'] } };
}

function operation(w: World): any {
  const made = {
    ...either(w, 0.65, 0.15, 'paths', PATHS),
    ...either(w, 0.35, 0.1, 'methods', METHODS),
    ...either(w, 0.15, 0.06, 'hosts', HOSTS),
    ...either(w, 0.15, 0.05, 'ports', ['8080', '9090', '80', '3306']),
  };
  return { operation: Object.keys(made).length > 0 ? made : { methods: ['GET'] } };
}

const CONDITIONS: readonly (readonly [string, readonly string[]])[] = [
  ['request.headers[x-t]', HEADER_VALUES],
  ['request.headers[X-T]', HEADER_VALUES],
  ['request.headers[:authority]', ['web.foo', 'x.*']],
  ['source.ip', ['127.0.0.1', '10.0.0.0/8']],
  ['remote.ip', ['10.1.0.0/16', '127.0.0.1']],
  ['source.namespace', NAMESPACES],
  ['source.principal', PRINCIPALS],
  ['source.serviceAccount', ['foo/a', 'b']],
  ['request.auth.principal', TOKENS],
  ['request.auth.audiences', ['aud1', 'aud*', '*2']],
  ['request.auth.presenter', ['app']],
  ['request.auth.claims[groups]', ['g2', 'g*']],
  ['request.auth.claims[role]', ['ad*', 'user']],
  ['request.auth.claims[nested][key]', ['deep', 'd*']],
  ['destination.port', ['8080', '9090']],
  ['destination.ip', ['10.244.0.0/16', '10.0.0.1']],
  ['connection.sni', ['web.foo', '*.foo', 'outbound*']],
];

function condition(w: World): any {
  const { dice } = w;
  const [key, values] = dice.pick(CONDITIONS);
  const some = dice.some(values, dice.int(1, 2));
  return dice.chance(0.75) ? { key, values: some } : { key, notValues: some };
}

function rule(w: World): any {
  const { dice } = w;
  const made: any = {
    ...dice.maybe(0.5, 'from', () => dice.many(1, 2, () => source(w))),
    ...dice.maybe(0.65, 'to', () => dice.many(1, 2, () => operation(w))),
    ...dice.maybe(0.3, 'when', () => dice.many(1, 2, () => condition(w))),
  };
  if (Object.keys(made).length === 0 && dice.chance(0.8)) made.to = [operation(w)];
  return made;
}

/** A policy that leaves the decision to a provider which istiod does not know. */
export function randomUnknownProvider(w: World, target = WEB): void {
  const { dice } = w;
  const provider = { name: 'nobody' };
  const rules = dice.many(1, 2, () => (dice.chance(0.1) ? {} : { to: [operation(w)] }));
  const selector = { matchLabels: dice.pick(target.selectors) };
  add(w, 'AuthorizationPolicy', dice.pick(target.namespaces), 'outside', { selector, action: 'CUSTOM', provider, rules }, age(w));
}

/** AuthorizationPolicies of the workload, of its namespace, of the mesh, and of others. */
export function randomAuthorizations(w: World, target = WEB): void {
  const { dice } = w;
  dice.many(dice.chance(0.15) ? 0 : 1, 4, (i) => {
    const action = dice.pick(['ALLOW', 'ALLOW', 'ALLOW', 'DENY', 'DENY', 'AUDIT']);
    add(
      w,
      'AuthorizationPolicy',
      dice.pick(target.namespaces),
      `policy-${i}`,
      {
        ...dice.maybe(0.3, 'selector', () => ({ matchLabels: dice.pick(target.selectors) })),
        ...(action === 'ALLOW' && dice.chance(0.5) ? {} : { action }),
        ...dice.maybe(0.96, 'rules', () => dice.many(dice.chance(0.04) ? 0 : 1, 2, () => rule(w))),
      },
      { ...age(w), ...(dice.chance(0.07) ? { annotations: { 'istio.io/dry-run': 'true' } } : {}) },
    );
  });
}
