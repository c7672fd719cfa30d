import fc from 'fast-check';
import { compile } from '../../src/routing/compile';
import { renderRoute } from '../../src/routing/render-http';
import { decide } from '../../src/routing/spec';
import type { HttpTable } from '../../src/routing/table';
import { request, table } from './arbitrary';

const RUNS = Number(process.env.FC_RUNS ?? 100);

/** The table with some letters of header names in capitals; values stay as they are. */
function capitals(t: HttpTable, letters: string): HttpTable {
  const names = (o: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(o).map(([k, v]) => [letters.includes(k) ? k.toUpperCase() : k, v]));
  const walk = (v: any): any => {
    if (Array.isArray(v)) return v.map(walk);
    if (typeof v !== 'object' || v === null) return v;
    const out: any = {};
    for (const [k, x] of Object.entries<any>(v)) {
      if (k === 'remove') out[k] = x.map((n: string) => (letters.includes(n) ? n.toUpperCase() : n));
      else if ((k === 'headers' && !x.request && !x.response) || k === 'set' || k === 'add') out[k] = names(walk(x));
      else out[k] = walk(x);
    }
    return out;
  };
  return walk(t);
}

const routesOf = (t: HttpTable) => {
  try {
    return compile(t, { kind: 'mesh' }).map(renderRoute);
  } catch (e) {
    return (e as Error).message;
  }
};

test('the case of header names means nothing, in conditions and in changes', () => {
  const nested = table({ host: 'inner.n' }).chain((inner) => table({ inner }));
  fc.assert(
    fc.property(nested, fc.constantFrom('h', 'o', 'hkozwr'), request, (t, letters, r) => {
      const other = capitals(t, letters);
      expect(routesOf(other)).toEqual(routesOf(t));
      const asked = { ...r, port: 80 };
      const [a, b] = [decide(t, asked), decide(other, asked)];
      expect([b?.effects, b?.action]).toEqual([a?.effects, a?.action]);
    }),
    { numRuns: RUNS },
  );
});

test('conditions on one header in two cases are both meant; of two changes the first stands', () => {
  const header = (exact: string) => ({ all: [{ exact }], none: [] });
  const t: HttpTable = {
    host: 's.n',
    ports: [80],
    overlays: [],
    rules: [
      {
        name: 'both',
        tier: 'default',
        order: 0,
        origin: { construct: 'test' },
        when: [{ headers: { 'X-User': header('a'), 'x-user': { all: [], none: [{ exact: 'b' }] } } }],
        effects: [{ kind: 'headers', changes: { request: { set: { 'X-A': '1', 'x-a': '2' }, remove: ['X-B', 'x-b'] } } }],
        action: { kind: 'split', to: [{ host: 's.n', port: 80 }] },
      },
    ],
  };
  expect(compile(t, { kind: 'mesh' }).map(renderRoute)).toMatchObject([
    {
      match: [{ headers: { 'x-user': { exact: 'a' } }, withoutHeaders: { 'x-user': { exact: 'b' } } }],
      headers: { request: { set: { 'x-a': '1' }, remove: ['x-b'] } },
    },
  ]);
});
