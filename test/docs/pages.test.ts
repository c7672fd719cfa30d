// The documentation holds together: a page for each construct, links that lead somewhere, no page that nobody links.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { Construct } from 'constructs';
import * as constructs from '../../src/constructs';
import { kebab } from '../../src/values/names';
import { pages, proseOf, ROOT, read } from './pages';

/** Classes that other constructs make, and the page that says so. */
const ELSEWHERE: Record<string, string> = {
  AdoptedService: 'mesh-service',
  ApplicationMetrics: 'observability',
  ForkService: 'header-routed-dev-env',
  GrafanaDashboard: 'observability',
  MeshDeployment: 'mesh-service',
  MeshStatefulSet: 'stateful-service',
  RateLimitService: 'rate-limit',
  ServiceHost: 'mesh-service',
  ServicePods: 'stateful-service',
};

const exported = Object.entries(constructs)
  .filter(([, c]) => typeof c === 'function' && c.prototype instanceof Construct)
  .map(([name]) => name)
  .sort();

test.each(exported)('%s has a page', (name) => {
  const page = `docs/${ELSEWHERE[name] ?? kebab(name)}.md`;
  expect(existsSync(join(ROOT, page))).toBe(true);
  expect(read(page)).toContain(name);
});

interface Link {
  readonly page: string;
  readonly line: number;
  readonly target: string;
}

const links: Link[] = pages().flatMap((page) =>
  proseOf(page).flatMap((text, i) =>
    [...text.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target]) => ({ page, line: i + 1, target: target! })),
  ),
);
const inside = links.filter((l) => !/^[a-z]+:/.test(l.target));
const fileOf = (l: Link) => {
  const [file] = l.target.split('#');
  return file ? normalize(join(dirname(l.page), file)) : l.page;
};

/** As GitHub makes them from headings. */
const anchorsOf = (page: string) =>
  proseOf(page)
    .filter((l) => /^#+ /.test(l))
    .map((l) =>
      l
        .replace(/^#+ /, '')
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

test('links lead to files and headings that exist', () => {
  const broken = inside.filter((l) => {
    const file = fileOf(l);
    const [, anchor] = l.target.split('#');
    return !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
  });
  expect(broken.map((l) => `${l.page}:${l.line}: ${l.target}`)).toEqual([]);
});

test('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) for (const l of inside) if (l.page === page && l.target.includes('.md')) reached.add(fileOf(l));
  expect(pages().filter((p) => !reached.has(p))).toEqual([]);
});

test('no page names a machine path or a registry host', () => {
  const found = pages().flatMap((page) =>
    read(page)
      .split('\n')
      .flatMap((text, i) =>
        /(^|[\s"'`(])\/(work|root|home|tmp|Users)\/|registry\.|proxy\.golang|npmjs/.test(text) ? [`${page}:${i + 1}`] : [],
      ),
  );
  expect(found).toEqual([]);
});

test('every command has a heading on its page', () => {
  const commands = readdirSync(join(ROOT, 'src', 'cli', 'commands')).map((f) => f.replace(/\.ts$/, ''));
  const headings = proseOf('docs/commands.md').filter((l) => l.startsWith('## '));
  expect(headings.map((h) => h.replace('## mesh ', '')).sort()).toEqual(commands.sort());
});

test('every dependency has a line, and no other has', () => {
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(read('package.json'));
  const named = proseOf('docs/dependencies.md')
    .filter((l) => l.startsWith('| `'))
    .flatMap((l) => [...l.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
  expect([...new Set(named)].sort()).toEqual(
    [...new Set([dependencies, peerDependencies, devDependencies].flatMap((d) => Object.keys(d)))].sort(),
  );
});
