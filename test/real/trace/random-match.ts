import { CLIENTS, type World } from './world';

const SEGMENTS = ['api', 'v1', 'v2', 'reviews', 'a', 'b', 'Users', 'static', 'x1', '42'];
export const HEADERS = ['x-a', 'x-b', 'end-user', 'X-Ver', 'x-flag', 'cookie'];
export const VALUES = ['jason', 'v1', 'v2', 'true', 'a', 'abc', '', 'Jason', '42', 'a,b', 'group=a; x=1'];
const QUERY = ['q', 'id', 'lang', 'Q'];
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
const VALUE_REGEX = [
  'v[0-9]+',
  '[a-z]+',
  '.*son',
  '(true|false)',
  '.+',
  '.*',
  '[^/]*',
  '4.?',
  '(?i)JASON',
  '\\d+',
  'a|b',
  '^v1$',
  '(.*?;)?(group=a)(;.*)?',
];
const PATH_REGEX = [
  '/api/.*',
  '/v[0-9]+(/.*)?',
  '.*',
  '/[a-z]+/[0-9]+',
  '/(reviews|static)/[^/]+',
  '.*/b',
  '/.+',
  '/a/?',
  '/(?i)USERS.*',
  '/\\w+',
  '/[^/]+/?',
];

/** A path of a few segments. */
export function randomPath({ dice }: World): string {
  return `/${dice.many(1, 3, () => dice.pick(SEGMENTS)).join('/')}${dice.chance(0.12) ? '/' : ''}`;
}

/** A query parameter's or header's text. */
export const randomQuery = ({ dice }: World): string =>
  `${dice.pick(QUERY)}${dice.chance(0.9) ? `=${dice.pick(VALUES.slice(0, 9))}` : ''}`;

function text({ dice }: World, values: readonly string[]): any {
  const value = dice.pick(values);
  return dice.oneOf<any>(
    () => ({ exact: value }),
    () => ({ exact: value }),
    () => ({ prefix: value.slice(0, dice.int(1, 3)) || 'a' }),
    () => ({ regex: dice.pick(VALUE_REGEX) }),
  );
}

function uri(w: World): any {
  const { dice, hints } = w;
  const base = dice.chance(0.45) && hints.paths.length > 0 ? dice.pick(hints.paths) : randomPath(w);
  hints.paths.push(base);
  return dice.oneOf<any>(
    () => ({ exact: base }),
    () => ({ prefix: base }),
    () => ({ prefix: dice.pick(['/', base.slice(0, Math.max(1, base.length - 1)), base]) }),
    () => ({ regex: dice.chance(0.3) ? base.replace(/[0-9]+/g, '[0-9]+') : dice.pick(PATH_REGEX) }),
  );
}

const record = (names: readonly string[], value: () => unknown) => Object.fromEntries(names.map((n) => [n, value()]));

/** One match of an http rule. `gateways` are those that its VirtualService may name. */
export function randomMatch(w: World, gateways: readonly string[] | undefined): any {
  const { dice, hints } = w;
  const ports = w.services.flatMap((s) => s.ports.map((p) => p.port));
  const host = () => dice.pick(hints.hosts.length > 0 ? hints.hosts : ['reviews']).replace(/^\*/, 'foo');
  const m: any = {
    ...dice.maybe(0.68, 'uri', () => uri(w)),
    ...dice.maybe(0.3, 'headers', () =>
      record(dice.some(HEADERS, dice.int(1, 2)), () => (dice.chance(0.15) ? {} : text(w, VALUES))),
    ),
    ...dice.maybe(0.15, 'withoutHeaders', () =>
      record(dice.some(HEADERS, 1), () => (dice.chance(0.3) ? {} : dice.chance(0.05) ? { regex: '*' } : text(w, VALUES))),
    ),
    ...dice.maybe(0.17, 'queryParams', () =>
      record(dice.some(QUERY, dice.int(1, 2)), () => (dice.chance(0.25) ? {} : text(w, VALUES.slice(0, 9)))),
    ),
    ...dice.maybe(0.15, 'method', () =>
      dice.oneOf<any>(
        () => ({ exact: dice.pick(METHODS) }),
        () => ({ exact: dice.pick(METHODS) }),
        () => ({ prefix: 'P' }),
        () => ({ regex: 'P.*T' }),
      ),
    ),
    ...dice.maybe(0.07, 'authority', () =>
      dice.oneOf<any>(
        () => ({ exact: host() }),
        () => ({ prefix: host().slice(0, 4) }),
        () => ({ regex: `${host().replaceAll('.', '\\.')}(:[0-9]+)?` }),
      ),
    ),
    ...dice.maybe(0.05, 'scheme', () => ({ exact: dice.pick(['http', 'https']) })),
    ...dice.maybe(0.08, 'port', () => dice.pick(gateways ? [80, 8080, 443] : ports)),
    ...dice.maybe(0.1, 'sourceLabels', () => dice.pick(CLIENTS)),
    ...dice.maybe(0.08, 'sourceNamespace', () => dice.pick(w.namespaces)),
    ...(gateways
      ? dice.maybe(0.3, 'gateways', () => dice.some(gateways, dice.int(1, gateways.length)))
      : dice.maybe(0.02, 'gateways', () => ['mesh'])),
    ...dice.maybe(0.08, 'name', () => dice.pick(['one', 'two'])),
  };
  if (m.uri && dice.chance(0.13)) m.ignoreUriCase = true;
  if (Object.keys(m).length === 0) m.uri = uri(w);
  hints.matches.push(m);
  return m;
}
