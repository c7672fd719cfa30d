import { coloured, front, type Shop, type ShopService, service } from './shop';

/** A release of the app. */
export interface Release {
  readonly name: string;
  readonly after: Shop;
  /** The Deployments that answer for a service once it is done. */
  readonly serves: Readonly<Record<string, readonly string[]>>;
}

/** Services that no release touches: the app has about 200 objects. */
const OTHERS = 22;

const others = Object.fromEntries(Array.from({ length: OTHERS }, (_, i) => [`other-${i}`, service('v1', 'v2')]));

/** A service whose one subset has the pods of one version. */
const stable = (version: string): ShopService => ({ ...service(version), subsets: { stable: { version } }, to: { stable: 100 } });

/** The app before its first release. */
export const FIRST: Shop = {
  outside: 'old-bank',
  services: {
    catalog: service('v1'),
    reviews: service('v1', 'v2'),
    ratings: service('v1'),
    users: service('v1'),
    orders: service('v1'),
    'order-desk': front('orders'),
    cart: service('v1'),
    'old-search': service('v1'),
    search: front('old-search'),
    stock: {
      ...service('v1', 'v2'),
      subsets: { blue: { version: 'v1' }, green: { version: 'v2' } },
      to: { blue: 100 },
    },
    prices: service('v1'),
    news: stable('v1'),
    gifts: coloured('gifts', 'v1'),
    ...others,
  },
};

/** Services that are asked all the time; `bank` is a host outside. */
export const ASKED: readonly string[] = [
  ...['catalog', 'reviews', 'ratings', 'users', 'order-desk', 'cart', 'search', 'stock', 'prices', 'news', 'gifts'],
  'other-0',
];

/** Ten releases, each after the one before it. */
export function releases(): Release[] {
  let shop = FIRST;
  const step = (
    name: string,
    serves: Release['serves'],
    services: Record<string, ShopService | undefined>,
    outside = shop.outside,
  ) => {
    const merged = Object.entries({ ...shop.services, ...services }).filter(([, each]) => each !== undefined);
    shop = { outside, services: Object.fromEntries(merged) as Record<string, ShopService> };
    return { name, after: shop, serves };
  };
  const cart = (stable: string, canary: string, percent: number): ShopService => ({
    ...service(stable, canary),
    to: { [stable]: 100 - percent, [canary]: percent },
  });
  return [
    step('a subset comes', { catalog: ['catalog-v1', 'catalog-v2'] }, { catalog: service('v1', 'v2') }),
    step('a subset goes', { reviews: ['reviews-v2'] }, { reviews: service('v2') }),
    step('one subset comes and another goes', { ratings: ['ratings-v2'] }, { ratings: service('v2') }),
    step('a subset has another name', { users: ['users-v1'] }, { users: stable('v1') }),
    step(
      'a port moves',
      { 'order-desk': ['orders-v1'] },
      { orders: { ...service('v1'), port: 8080 }, 'order-desk': front('orders', 8080) },
    ),
    step('a canary begins', { cart: ['cart-v1', 'cart-v2'] }, { cart: cart('v1', 'v2', 30) }),
    step('the canary is stable, and the next one begins', { cart: ['cart-v2', 'cart-v3'] }, { cart: cart('v2', 'v3', 30) }),
    step(
      'a service goes, and another takes its requests',
      { search: ['new-search-v1'] },
      { 'old-search': undefined, 'new-search': service('v1'), search: front('new-search') },
    ),
    step(
      'two subsets change places, and a subset wants another label of its pods',
      { stock: ['stock-v2'], prices: ['prices-v1'] },
      {
        stock: { ...service('v1', 'v2'), subsets: { blue: { version: 'v2' }, green: { version: 'v1' } }, to: { blue: 100 } },
        prices: { ...service('v1'), versions: { v1: { tier: 'gold' } }, subsets: { v1: { version: 'v1', tier: 'gold' } } },
      },
    ),
    step(
      'a host outside, the pods of a subset and those of a Service go, and others come',
      { news: ['news-v2'], gifts: ['gifts-v2'] },
      { news: stable('v2'), gifts: coloured('gifts', 'v2') },
      'new-bank',
    ),
  ];
}
