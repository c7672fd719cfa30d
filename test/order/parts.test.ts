import { type Manifest, manifestOf } from '../../src/manifests/manifest';
import { Dice } from '../real/trace/dice';
import { ap, BASE, dr, fqdn, from, pa, svc, vs } from './objects';
import { type Release, randomRelease } from './random-release';
import { harmByCommits } from './synchronized';

/** More with PARTS_PAIRS=200; others with PARTS_FROM=5000. */
const PAIRS = Number(process.env.PARTS_PAIRS ?? 4);
const FROM = Number(process.env.PARTS_FROM ?? 1);

/** The same in other namespaces, and for other hosts outside: `a` is `c` there, and `b` is `d`. */
function elsewhere(all: readonly Manifest[]): Manifest[] {
  const names: Readonly<Record<string, string>> = { a: 'c', b: 'd' };
  return all.flatMap((m) => {
    const own = m.kind === 'Namespace' ? m.name : m.namespace;
    const to = names[own];
    if (to === undefined) return [];
    const text = JSON.stringify({ ...m.object, metadata: { ...m.object.metadata, labels: m.labels } })
      .replace(/"namespace":"([ab])"/g, (_, ns) => `"namespace":"${names[ns]}"`)
      .replace(/\.com"/g, '.org"')
      .replace(/\.([ab])\.svc\./g, (_, ns) => `.${names[ns]}.svc.`)
      .replace(/ns\/([ab])\//g, (_, ns) => `ns/${names[ns]}/`);
    const object = JSON.parse(text);
    if (m.kind === 'Namespace') object.metadata.name = to;
    return [{ ...manifestOf(object, m.place), created: m.created } as Manifest];
  });
}
const both = (x: Release, y: Release): Release => ({
  live: [...x.live, ...elsewhere(y.live)],
  desired: [...x.desired, ...elsewhere(y.desired)],
});
const commits = ({ live, desired }: Release, seed = 1) => {
  const dice = new Dice(seed);
  return harmByCommits(live, desired, (n) => dice.int(0, n - 1), 2, 60);
};

const RULES = [svc('x'), vs('web', [fqdn('web')], 'web/v1'), dr('web', { v1: 'v1' })];
const swap: Release = {
  live: [...BASE, ...RULES],
  desired: [...BASE, svc('x'), vs('web', [fqdn('web')], 'web/v2'), dr('web', { v2: 'v2' })],
};
const locked: Release = {
  live: BASE,
  desired: [...BASE, ap('web', 'web'), ap('none', undefined, {}), pa('STRICT')],
};
const unlocked: Release = { live: locked.desired, desired: BASE };
const moved: Release = { live: [...BASE, ap('p', 'web')], desired: [...BASE, ap('q', 'web', from('*'))] };

test('what has nothing to do with each other takes no more commits together than alone', () => {
  const all = { swap, locked, unlocked, moved };
  for (const [x, one] of Object.entries(all))
    for (const [y, other] of Object.entries(all)) {
      const [a, b, made] = [commits(one), commits(other), commits(both(one, other))];
      expect({ x, y, lines: made.lines, commits: made.commits }).toEqual({
        x,
        y,
        lines: [],
        commits: Math.max(a.commits, b.commits),
      });
    }
});

test.each([
  ['what is called', false],
  ['who may call', true],
])('%s moves by chance in several namespaces, commit by commit, and nobody notices the way', (_, isGuarded) => {
  let looked = 0;
  for (let seed = FROM; seed < FROM + PAIRS; seed++) {
    const made = commits(both(randomRelease(seed, isGuarded), randomRelease(seed + 1e5, isGuarded)), seed);
    looked += made.looked;
    expect({ seed, lines: made.lines }).toEqual({ seed, lines: [] });
  }
  expect(looked).toBeGreaterThan(PAIRS);
});
