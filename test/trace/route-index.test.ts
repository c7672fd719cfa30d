import fc from 'fast-check';
import type { Route, RouteMatch } from '../../src/model/route';
import { AskedRequest } from '../../src/trace/asked';
import { testOf } from '../../src/trace/match-route';
import { requestTo } from '../../src/trace/request';
import { RouteIndex } from '../../src/trace/route-index';

const path = fc.array(fc.constantFrom('a', 'b', 'A'), { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const match = fc.record<RouteMatch>({
  path: fc.oneof(
    fc.record({ kind: fc.constantFrom('exact' as const, 'prefix' as const), value: path }),
    fc.record({ kind: fc.constant('regex' as const), value: fc.constantFrom('/a.*', '/[ab]', '.*/b', '/') }),
  ),
  ignoreCase: fc.boolean(),
  headers: fc.oneof(
    fc.constant([]),
    fc.constantFrom('1', '2').map((exact) => [{ name: 'x', match: { exact }, invert: false, field: 'x' }]),
  ),
  query: fc.oneof(fc.constant([]), fc.constant([{ name: 'q', match: { exact: '1' } }])),
  claims: fc.constant([]),
});

test('the index finds the route that is the first to take a request when all are asked one by one', () => {
  fc.assert(
    fc.property(
      fc.array(match, { maxLength: 12 }),
      fc.array(fc.tuple(path, fc.constantFrom('', '?q=1'), fc.constantFrom('1', '2', '3')), { minLength: 1, maxLength: 8 }),
      (matches, requests) => {
        const index = new RouteIndex(matches.map((m) => ({ match: m }) as Route));
        for (const [plain, query, x] of requests) {
          const asked = new AskedRequest(requestTo('web', 80, { headers: { x: [x] } }), plain + query, 'http');
          const first = matches.findIndex((m) => testOf(m)(asked));
          expect(index.first(asked)).toBe(first < 0 ? undefined : first);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
