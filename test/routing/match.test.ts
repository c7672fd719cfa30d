import fc from 'fast-check';
import { accepts, and, CannotCombine, disjoint, implies, isEmpty } from '../../src/routing/match';
import { match, request } from './arbitrary';

const RUNS = Number(process.env.FC_RUNS ?? 1000);
const requests = fc.array(request, { minLength: 10, maxLength: 10 });

describe('the algebra of matches agrees with evaluating requests', () => {
  test('and: accepts exactly what both accept', () => {
    fc.assert(
      fc.property(match(true), match(true), requests, (a, b, rs) => {
        let both: ReturnType<typeof and>;
        try {
          both = and(a, b);
        } catch (e) {
          expect(e).toBeInstanceOf(CannotCombine);
          return;
        }
        expect(rs.map((r) => both !== undefined && accepts(both, r))).toEqual(rs.map((r) => accepts(a, r) && accepts(b, r)));
      }),
      { numRuns: RUNS },
    );
  });

  test('implies: never a wrong yes', () => {
    fc.assert(
      fc.property(match(true), match(true), requests, (a, b, rs) => {
        if (implies(a, b)) expect(rs.filter((r) => accepts(a, r) && !accepts(b, r))).toEqual([]);
      }),
      { numRuns: RUNS * 2 },
    );
  });

  test('implies: every match includes itself, and a conjunction is included in both parts', () => {
    fc.assert(
      fc.property(match(), match(), (a, b) => {
        expect(implies(a, a)).toBe(true);
        try {
          const both = and(a, b);
          // a mixed-case path is written as a regex, of which no inclusion is known
          if (both && !(both.path && 'regex' in both.path.match))
            expect([implies(both, a), implies(both, b)]).toEqual([true, true]);
        } catch (e) {
          expect(e).toBeInstanceOf(CannotCombine);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('disjoint and isEmpty: never a wrong yes', () => {
    fc.assert(
      fc.property(match(true), match(true), requests, (a, b, rs) => {
        if (disjoint(a, b)) expect(rs.filter((r) => accepts(a, r) && accepts(b, r))).toEqual([]);
        if (isEmpty(a)) expect(rs.filter((r) => accepts(a, r))).toEqual([]);
      }),
      { numRuns: RUNS * 2 },
    );
  });
});

describe('known answers', () => {
  const h = (all: any[], none: any[] = []) => ({ headers: { h: { all, none } } });
  test.each([
    ['exact in prefix', { path: { match: { exact: '/a/b' } } }, { path: { match: { prefix: '/a' } } }, true],
    ['prefix in shorter prefix', { path: { match: { prefix: '/ab' } } }, { path: { match: { prefix: '/a' } } }, true],
    ['prefix not in longer prefix', { path: { match: { prefix: '/a' } } }, { path: { match: { prefix: '/ab' } } }, false],
    ['exact in regex', { path: { match: { exact: '/ab' } } }, { path: { match: { regex: '/a.' } } }, true],
    [
      'two headers in one',
      { headers: { h: { all: [{ exact: 'x' }], none: [] }, k: { all: [{ exact: 'y' }], none: [] } } },
      h([{ exact: 'x' }]),
      true,
    ],
    ['a value in presence', h([{ exact: 'x' }]), h([{ present: true }]), true],
    ['more source labels in fewer', { sourceLabels: { app: 'a', version: '1' } }, { sourceLabels: { app: 'a' } }, true],
  ] as const)('%s', (_, a: any, b: any, yes) => expect(implies(a, b)).toBe(yes));

  test('two values of one header are no contradiction: a request can send both lines', () => {
    const both = and(h([{ exact: 'x' }]), h([{ exact: 'y' }]))!;
    expect(both).toBeDefined();
    const r = {
      path: '/',
      method: 'GET',
      scheme: 'http',
      authority: 's',
      port: 80,
      query: {},
      source: { labels: {}, namespace: 'n' },
    };
    expect([accepts(both, { ...r, headers: { h: ['x', 'y'] } }), accepts(both, { ...r, headers: { h: ['x'] } })]).toEqual([
      true,
      false,
    ]);
  });

  test('a value and its exclusion contradict each other', () => {
    expect(and(h([{ exact: 'xy' }]), h([], [{ prefix: 'x' }]))).toBeUndefined();
    expect(and(h([{ present: true }]), h([], [{ present: true }]))).toBeUndefined();
  });
});
