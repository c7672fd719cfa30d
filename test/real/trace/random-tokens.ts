import { WEB } from './random-authorizations';
import { jwks, token, WRONG } from './tokens';
import { add, age, type World } from './world';

/** Tokens that requests may carry. */
export interface Tokens {
  readonly issued: readonly string[];
}

const ISSUED: readonly string[] = [
  token({ iss: 'iss1', sub: 'sub1', aud: 'aud1', groups: ['g1', 'g2'], role: 'admin', nested: { key: 'deep' } }),
  token({ iss: 'iss1', sub: 'sub1', aud: ['aud2', 'aud1'], azp: 'app', role: 'user' }),
  token({ iss: 'iss2', sub: 'sub2', aud: ['aud2', 'x'], groups: 'g2' }),
  token({ iss: 'iss2', sub: 'sub1', aud: 'https://aud1/' }),
  token({ iss: 'iss3', sub: 's' }),
  token({ iss: 'iss1' }),
  token({ iss: 'iss1', sub: 's', exp: 1000 }),
  token({ iss: 'iss1', sub: 's', nbf: 4102444000 }),
  token({ iss: 'iss1', sub: 's' }, WRONG),
  'abc',
  'a.b.c',
];

/** RequestAuthentications of the workload, of its namespace and of the mesh, and tokens for and against them. */
export function randomTokens(w: World, target = WEB): Tokens {
  const { dice } = w;
  if (dice.chance(0.45)) return { issued: dice.chance(0.1) ? ISSUED : [] };
  dice.many(1, 3, (i) => {
    const issuers = dice.some(['iss1', 'iss1', 'iss2'], dice.chance(0.2) ? 2 : 1);
    add(
      w,
      'RequestAuthentication',
      dice.pick(target.namespaces.slice(1)),
      `tokens-${i}`,
      {
        ...dice.maybe(0.3, 'selector', () => ({ matchLabels: dice.pick(target.selectors) })),
        jwtRules: issuers.map((issuer) => ({
          issuer,
          jwks,
          ...dice.maybe(0.2, 'audiences', () => dice.some(['aud1', 'aud2', 'other'], dice.int(1, 2))),
          ...dice.maybe(0.2, 'fromHeaders', () => [{ name: 'x-jwt', ...dice.maybe(0.6, 'prefix', () => 'tok ') }]),
          ...dice.maybe(0.1, 'fromParams', () => ['t']),
          ...dice.maybe(0.1, 'fromCookies', () => ['jar']),
          ...dice.maybe(0.3, 'forwardOriginalToken', () => true),
          ...dice.maybe(0.2, 'outputPayloadToHeader', () => 'x-payload'),
          ...dice.maybe(0.2, 'outputClaimToHeaders', () => [
            { header: 'x-role', claim: dice.pick(['role', 'groups', 'nested.key', 'none']) },
          ]),
        })),
      },
      age(w),
    );
  });
  return { issued: ISSUED };
}
