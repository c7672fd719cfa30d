import { matchOf } from '../../src/check/bound-matches';
import { Coverage } from '../../src/check/coverage';

// What the matches before leave to the last one: whether they take all of it, and which they are.
const coverOf = (all: readonly object[]): readonly number[] | undefined => {
  const coverage = new Coverage();
  const bound = all.map((m) => ({ ...matchOf(m, true), entry: {} as any, by: {} as any }));
  for (const m of bound.slice(0, -1)) coverage.add(m);
  return coverage.coverOf(bound.at(-1)!)?.map((c) => bound.indexOf(c));
};

const prefix = (p: string) => ({ uri: { prefix: p } });
const exact = (p: string) => ({ uri: { exact: p } });
const x = (value: object) => ({ headers: { x: value } });
const notX = (value: object) => ({ withoutHeaders: { x: value } });

test.each<[what: string, all: readonly object[], cover: readonly number[] | undefined]>([
  ['an exact path in a prefix', [prefix('/api'), exact('/api/users')], [0]],
  ['a prefix in a longer one', [prefix('/api/users'), prefix('/api')], undefined],
  ['an exact path that a regex matches', [{ uri: { regex: '/api/.*' } }, exact('/api/users')], [0]],
  ['a prefix beside a regex, of which nothing is known', [{ uri: { regex: '/api/.*' } }, prefix('/api/')], undefined],
  ['the same regex', [{ uri: { regex: '/a+' } }, { uri: { regex: '/a+' }, method: { exact: 'GET' } }], [0]],
  ['case that is not looked at', [{ ...prefix('/API'), ignoreUriCase: true }, exact('/api/x')], [0]],
  ['case that is looked at', [prefix('/API'), exact('/api/x')], undefined],
  ['more headers', [x({ exact: '1' }), { headers: { x: { exact: '1' }, y: { exact: '2' } } }], [0]],
  ['fewer headers', [{ headers: { x: { exact: '1' }, y: { exact: '2' } } }, x({ exact: '1' })], undefined],
  ['a header that is there, whatever it says', [x({}), x({ prefix: 'dev' })], [0]],
  ['a value that a regex matches', [x({ regex: 'dev[0-9]+' }), x({ exact: 'dev10' })], [0]],
  ['another method', [{ method: { exact: 'GET' } }, { method: { exact: 'POST' } }], undefined],
  ['query parameters', [{ queryParams: { q: { exact: '1' } } }, { ...prefix('/a'), queryParams: { q: { exact: '1' } } }], [0]],
  ['source labels', [{ sourceLabels: { app: 'web' } }, { sourceLabels: { app: 'web', version: 'v1' } }], [0]],
  ['labels of others', [{ sourceLabels: { app: 'web' } }, { sourceLabels: { app: 'api' } }], undefined],
  ['a namespace', [{ sourceNamespace: 'a' }, { sourceNamespace: 'a', port: 80 }], [0]],
  ['a port', [{ port: 80 }, { port: 81 }], undefined],
  ['two that complete each other', [x({ exact: '1' }), notX({ exact: '1' }), prefix('/a')], [0, 1]],
  ['in the other order', [notX({}), x({}), prefix('/a')], [0, 1]],
  ['three of two headers', [{ headers: { x: {}, y: {} } }, notX({}), { withoutHeaders: { y: {} } }, prefix('/a')], [1, 0, 2]],
  ['two that leave what sends another value', [x({ exact: '1' }), notX({ prefix: '1' }), prefix('/a')], undefined],
  [
    'two that leave a header that is missing and may be empty',
    [x({ regex: '.?' }), notX({ regex: '.?' }), prefix('/a')],
    undefined,
  ],
  ['claims as they are written', [claim('a'), { ...claim('a'), ...prefix('/a') }], [0]],
  ['claims that are not asked for', [claim('a'), prefix('/a')], undefined],
])('%s', (_, all, cover) => {
  expect(coverOf(all)).toEqual(cover);
});

function claim(value: string) {
  return { headers: { '@request.auth.claims.group': { exact: value } } };
}
