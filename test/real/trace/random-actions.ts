import { randomPath } from './random-match';
import type { World } from './world';

const REQUEST_HEADERS = ['x-a', 'x-set', 'x-b', 'X-Ver', 'x-new'];
const FORMATS = ['%REQ(x-a)%', '%REQ(X-Ver?end-user)%-y', '100%%', '%PROTOCOL%', '%REQ(x-a):2%'];

function requestChanges(w: World, by: string): any {
  const { dice } = w;
  const value = () => (dice.chance(0.12) ? dice.pick(FORMATS) : `${by}-${dice.pick(['s', 't'])}`);
  const o: any = {
    ...dice.maybe(0.6, 'set', () => ({
      [dice.chance(0.1) ? dice.pick(['host', ':authority', 'Host']) : dice.pick(REQUEST_HEADERS)]: value(),
    })),
    ...dice.maybe(0.4, 'add', () => ({
      [dice.chance(0.05) ? dice.pick(['host', ':authority']) : dice.pick(REQUEST_HEADERS)]: value(),
    })),
    ...dice.maybe(0.3, 'remove', () => [dice.pick(['x-b', 'x-flag', 'end-user', 'X-A'])]),
  };
  for (const list of ['set', 'add'])
    for (const name of Object.keys(o[list] ?? {})) if (/host|:authority/i.test(name)) o[list][name] = `${by}.example.com`;
  return Object.keys(o).length > 0 ? o : { set: { 'x-set': by } };
}

function responseChanges(w: World, by: string): any {
  const { dice } = w;
  const o: any = {
    ...dice.maybe(0.5, 'set', () => ({ [dice.pick(['x-up', 'x-r', 'X-R2'])]: `${by}-s` })),
    ...dice.maybe(0.5, 'add', () => ({ [dice.pick(['x-up2', 'x-r', 'x-r2'])]: `${by}-a` })),
    ...dice.maybe(0.2, 'remove', () => [dice.pick(['x-up', 'x-up2', 'location'])]),
  };
  return Object.keys(o).length > 0 ? o : { add: { 'x-r': by } };
}

const changes = (w: World, by: string) => ({
  ...w.dice.maybe(0.7, 'request', () => requestChanges(w, by)),
  ...w.dice.maybe(0.4, 'response', () => responseChanges(w, by)),
});

/** A destination, mostly one that is there, as a rule of a namespace would write it. */
export function randomDestination(w: World, namespace: string): any {
  const { dice } = w;
  if (dice.chance(0.05)) return { host: dice.pick(['ghost', 'ghost.other.svc.cluster.local', 'nowhere.example.com']) };
  const s = dice.pick(w.services);
  const short = s.namespace === namespace && s.kind !== 'entry' && dice.chance(0.6);
  return {
    host: short ? s.name : s.kind !== 'entry' && dice.chance(0.05) ? `${s.name}.${s.namespace}` : s.host,
    ...dice.maybe(0.5, 'subset', () => (dice.chance(0.06) ? 'nosuch' : dice.pick(s.versions))),
    ...dice.maybe(s.ports.length > 1 ? 0.7 : 0.4, 'port', () => ({ number: dice.chance(0.04) ? 1234 : dice.pick(s.ports).port })),
  };
}

/** Destinations with weights, as http, tls and tcp rules have them. */
export function randomShares(w: World, namespace: string, more: () => object = () => ({})): any[] {
  const { dice } = w;
  const n = dice.chance(0.62) ? 1 : dice.int(2, 3);
  const shares = dice.many(n, n, () => ({
    destination: randomDestination(w, namespace),
    ...(n > 1
      ? { weight: dice.chance(0.12) ? 0 : dice.pick([1, 10, 25, 33, 50, 90]) }
      : dice.maybe(0.2, 'weight', () => dice.pick([0, 50, 100]))),
    ...more(),
  }));
  if (n > 1 && shares.every((s: any) => !s.weight) && dice.chance(0.9)) (shares[0] as any).weight = 5;
  return shares;
}

function redirect(w: World): any {
  const { dice } = w;
  const to: any = {
    ...dice.maybe(0.6, 'uri', () => (dice.chance(0.15) ? `${randomPath(w)}?new=1` : randomPath(w))),
    ...dice.maybe(0.5, 'authority', () => dice.pick(['new.example.com', 'x.org'])),
    ...dice.maybe(0.3, 'scheme', () => dice.pick(['http', 'https'])),
    ...dice.maybe(0.5, 'redirectCode', () => dice.pick([301, 302, 303, 307, 308, 308, 302, dice.chance(0.1) ? 304 : 301])),
    ...(dice.chance(0.3)
      ? { port: dice.pick([80, 443, 8443]) }
      : dice.maybe(0.3, 'derivePort', () => dice.pick(['FROM_REQUEST_PORT', 'FROM_PROTOCOL_DEFAULT']))),
  };
  if (!to.uri && !to.authority && !to.scheme && !to.port && dice.chance(0.9)) to.uri = '/r';
  return { redirect: to, ...dice.maybe(0.2, 'headers', () => ({ response: responseChanges(w, 'rd') })) };
}

function respond(w: World): any {
  const { dice } = w;
  const status = dice.pick([200, 204, 401, 403, 404, 418, 500, 503]);
  return {
    directResponse: {
      status,
      ...(status === 204
        ? {}
        : dice.maybe(0.5, 'body', () => (dice.chance(0.2) ? { bytes: 'aGVsbG8=' } : { string: dice.pick(['hello', 'nope']) }))),
    },
    ...dice.maybe(0.2, 'headers', () => ({ response: responseChanges(w, 'dr') })),
    ...dice.maybe(0.12, 'corsPolicy', () => cors(w)),
  };
}

const PERCENTS = [0, 100, 100];
function fault({ dice }: World): any {
  const share = () => dice.maybe(0.85, 'percentage', () => ({ value: dice.pick(PERCENTS) }));
  const abort = () =>
    dice.chance(0.15) ? { grpcStatus: dice.pick(['UNAVAILABLE', 'NOT_FOUND']) } : { httpStatus: dice.pick([400, 429, 500, 503]) };
  const delay = () => ({ fixedDelay: dice.pick(['1s', '5s', '0.2s']), ...(dice.chance(0.1) ? { percent: 100 } : share()) });
  return dice.oneOf<any>(
    () => ({ abort: { ...abort(), ...share() } }),
    () => ({ delay: delay() }),
    () => ({ abort: { ...abort(), ...share() }, delay: delay() }),
  );
}

function cors({ dice }: World): any {
  return {
    allowOrigins: dice.some(
      [{ exact: 'http://ok.com' }, { prefix: 'https://pre.' }, { regex: 'http://re[0-9]\\.com' }, { exact: '*' }],
      dice.int(1, 2),
    ),
    ...dice.maybe(0.6, 'allowMethods', () => ['GET', 'POST']),
    ...dice.maybe(0.4, 'allowHeaders', () => ['x-a', 'x-b']),
    ...dice.maybe(0.3, 'exposeHeaders', () => ['x-r']),
    ...dice.maybe(0.3, 'allowCredentials', () => dice.chance(0.7)),
    ...dice.maybe(0.4, 'maxAge', () => '10m'),
    ...dice.maybe(0.3, 'unmatchedPreflights', () => dice.pick(['IGNORE', 'FORWARD'])),
  };
}

function rewrite(w: World): any {
  const { dice } = w;
  return dice.oneOf<any>(
    () => ({ uri: dice.chance(0.3) ? '/' : randomPath(w) }),
    () => ({ uri: randomPath(w) }),
    () => ({ authority: 'rw.example.com', ...dice.maybe(0.4, 'uri', () => randomPath(w)) }),
    () => ({
      uriRegexRewrite: dice.pick([
        { match: '^/api/(.*)$', rewrite: '/\\1' },
        { match: '/([^/]+)/([^/]+)', rewrite: '/\\2/\\1' },
        { match: 'v[0-9]', rewrite: 'vN' },
        { match: '/', rewrite: '/$1' },
        { match: '^(/[a-z]+)', rewrite: '\\0-x' },
      ]),
    }),
  );
}

const retries = ({ dice }: World): any =>
  dice.chance(0.25)
    ? { attempts: 0 }
    : {
        attempts: dice.int(1, 5),
        ...dice.maybe(0.5, 'perTryTimeout', () => dice.pick(['1s', '250ms'])),
        ...dice.maybe(0.5, 'retryOn', () =>
          dice.pick([
            '5xx',
            'gateway-error,connect-failure',
            '503,429',
            'reset,502',
            'connect-failure,refused-stream,503',
            'retriable-status-codes,503',
            'retriable-4xx',
          ]),
        ),
        ...dice.maybe(0.1, 'backoff', () => '100ms'),
        ...dice.maybe(0.1, 'retryIgnorePreviousHosts', () => dice.chance(0.5)),
      };

function mirror(w: World, namespace: string): any {
  const { dice } = w;
  const percentage = () => ({ value: dice.pick([0, 10, 50, 100, 0.5]) });
  if (dice.chance(0.6)) return { mirror: randomDestination(w, namespace), ...dice.maybe(0.6, 'mirrorPercentage', percentage) };
  return {
    mirrors: dice.many(1, 2, () => ({
      destination: randomDestination(w, namespace),
      ...dice.maybe(0.6, 'percentage', percentage),
    })),
  };
}

/** What an http rule does: redirects, answers, or sends on, with everything that may stand beside. */
export function randomAction(w: World, namespace: string): any {
  const { dice } = w;
  if (dice.chance(0.09)) return redirect(w);
  if (dice.chance(0.11)) return respond(w);
  return {
    route: randomShares(w, namespace, () => dice.maybe(0.17, 'headers', () => changes(w, 'd'))),
    ...dice.maybe(0.2, 'rewrite', () => rewrite(w)),
    ...dice.maybe(0.2, 'timeout', () => dice.pick(['1s', '2.5s', '10s', '500ms', '1m30s'])),
    ...dice.maybe(0.2, 'retries', () => retries(w)),
    ...dice.maybe(0.15, 'fault', () => fault(w)),
    ...(dice.chance(0.12) ? mirror(w, namespace) : {}),
    ...dice.maybe(0.2, 'headers', () => changes(w, 'r')),
    ...dice.maybe(0.15, 'corsPolicy', () => cors(w)),
  };
}
