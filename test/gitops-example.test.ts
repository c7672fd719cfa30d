// The files of examples/gitops are what they say: they parse, fit to what the app makes, and their commands run.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { SYNC_WAVE } from '../src/manifests/wave';

const ROOT = join(__dirname, '..');
const example = (file: string) => readFileSync(join(ROOT, 'examples', 'gitops', file), 'utf8');
const documents = (text: string): any[] =>
  parseAllDocuments(text).map((d) => {
    expect(d.errors).toEqual([]);
    return d.toJS();
  });
const store = documents(readFileSync(join(ROOT, 'dist/gitops/store.k8s.yaml'), 'utf8'));

test('Argo CD waits in each sync for all of a wave, and writes the weights that the app says', () => {
  const [{ spec }] = documents(example('argo-cd/application.yaml'));
  expect(spec.syncPolicy).toEqual({ automated: { prune: true, selfHeal: true } });
  expect(spec.ignoreDifferences).toBeUndefined();
});

describe('Flux', () => {
  const all = documents(example('flux/kustomizations.yaml'));
  const selects = new RegExp(`^(${SYNC_WAVE}, )?${SYNC_WAVE} notin \\(([\\d, ]+)\\)$`);
  const selectorOf = (k: any) => {
    const [, isNeeded, waves] = selects.exec(k.spec.patches[0].target.annotationSelector)!;
    return { isNeeded: isNeeded !== undefined, waves: waves!.split(', ') };
  };
  test('each object is in one Kustomization, and each waits for the one before', () => {
    const waves = all.flatMap((k) => selectorOf(k).waves);
    expect(waves).toEqual([...waves].sort());
    for (const o of store)
      expect([o.kind, waves.filter((w) => w === o.metadata.annotations[SYNC_WAVE]).length]).toEqual([o.kind, 1]);
    all.forEach((k, i) => {
      expect(parse(k.spec.patches[0].patch).$patch).toBe('delete');
      expect([k.spec.wait, k.spec.prune, k.spec.dependsOn?.map((d: any) => d.name)]).toEqual([
        true,
        true,
        i === 0 ? undefined : [all[i - 1].metadata.name],
      ]);
    });
  });
  test('an object without the annotation is in the first', () =>
    expect(all.map((k) => selectorOf(k).isNeeded)).toEqual(all.map((_, i) => i === 0))); // `notin` selects these, too
  test('weights that the app says are written', () => expect(all.filter((k) => k.spec.ignore)).toEqual([]));
});

describe('pipelines', () => {
  let dir: string;
  const run = (script: string, env: Record<string, string>) =>
    spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
      cwd: dir,
      encoding: 'utf8',
      env: {
        ...process.env,
        NO_COLOR: '1',
        ...env,
        PATH: `${join(dir, 'stubs')}:${process.env.PATH}`,
        STUBS: join(dir, 'stubs'),
      },
    });
  const git = (...args: string[]) => {
    const all = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args];
    const { status, stdout, stderr } = spawnSync('git', all, { cwd: dir, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const put = (file: string, text: string, mode?: number) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
    if (mode !== undefined) chmodSync(join(dir, file), mode);
  };
  /** The base, and a commit that changes routes of the cart. */
  const repository = (change: (rule: any, route: any[]) => void): string => {
    cpSync(join(ROOT, 'dist/gitops/store.k8s.yaml'), join(dir, 'dist/store.k8s.yaml'));
    git('init', '-q');
    git('add', 'dist');
    git('commit', '-qm', 'base');
    const changed = structuredClone(store);
    const find = (kind: string) => changed.find((o) => o.kind === kind && o.metadata.name === 'cart');
    change(find('DestinationRule'), find('VirtualService').spec.http[0].route);
    put('dist/store.k8s.yaml', changed.map((o) => stringify(o)).join('---\n'));
    git('commit', '-qam', 'change');
    return git('rev-parse', 'HEAD~1');
  };
  const weights = (_: any, route: any[]) => {
    [route[0].weight, route[1].weight] = [75, 25];
  };
  const drop = (rule: any, route: any[]) => {
    route.shift();
    rule.spec.subsets = rule.spec.subsets.filter((s: any) => s.name !== 'v1');
  };
  const report = () => readFileSync(join(dir, 'mesh.md'), 'utf8');

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mesh-pipeline-'));
    mkdirSync(join(dir, 'node_modules/.bin'), { recursive: true });
    symlinkSync(join(ROOT, 'bin/mesh.js'), join(dir, 'node_modules/.bin/mesh'));
    // what needs a server says what it was asked
    for (const name of ['npm', 'curl', 'gh']) put(`stubs/${name}`, `#!/bin/sh\necho "$0 $*" >> "$STUBS/asked"\n`, 0o755);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs all that a job runs; whether each step succeeded. */
  const github = (base: string): boolean[] => {
    const { on, jobs } = parse(example('.github/workflows/mesh.yaml'));
    expect(on).toBe('pull_request');
    const steps: { run?: string }[] = jobs.mesh.steps;
    const env = { BASE: base, REQUEST: 'https://example.com/1', GITHUB_STEP_SUMMARY: join(dir, 'summary.md') };
    return steps.flatMap((s) => (s.run === undefined ? [] : [run(s.run, env).status === 0]));
  };
  const gitlab = (base: string) => {
    const { mesh } = parse(example('.gitlab-ci.yml'));
    const env = { BASE: base, MESH_TOKEN: 't', CI_API_V4_URL: 'https://e/api/v4', CI_PROJECT_ID: '7', CI_MERGE_REQUEST_IID: '3' };
    return run(mesh.script.join('\n'), env);
  };

  test('GitHub: a change of weights passes, and is told', () => {
    expect(github(repository(weights))).toEqual([true, true, true, true]);
    expect(report()).toMatch(/store\/web-v1 -> cart\.store.*90 % -> 75 %/);
    expect(report()).toContain('~ VirtualService/store/cart');
    expect(readFileSync(join(dir, 'summary.md'), 'utf8')).toBe(report());
    expect(readFileSync(join(dir, 'stubs/asked'), 'utf8')).toContain('gh pr comment https://example.com/1 --body-file mesh.md');
  });

  test('GitHub: what one commit cannot do fails, and the report says what can', () => {
    const [, , planned, posted] = github(repository(drop));
    expect([planned, posted]).toEqual([false, true]);
    expect(report()).toContain('2 commits are needed, and the first holds these otherwise than the files do:');
  });

  test('GitLab: a change of weights passes, and is posted', () => {
    const { status, stderr } = gitlab(repository(weights));
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(report()).toContain('90 % -> 75 %');
    const asked = readFileSync(join(dir, 'stubs/asked'), 'utf8');
    expect(asked).toContain('body@mesh.md https://e/api/v4/projects/7/merge_requests/3/notes');
  });

  test('GitLab: what one commit cannot do is posted, and fails', () => {
    expect(gitlab(repository(drop)).status).toBe(1);
    expect(report()).toContain('2 commits are needed');
    expect(existsSync(join(dir, 'stubs/asked'))).toBe(true);
  });
});
