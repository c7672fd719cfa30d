import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, folder, write } from './support';

const dir = folder();
const quick = (file: string, ...args: string[]) => ask(['synth', '--app', `node ${file}`, ...args], dir);

describe('what earlier runs left', () => {
  const charts = (...names: string[]) =>
    `const { App, Chart, ApiObject } = require('cdk8s');
const app = new App({});
for (const n of ${JSON.stringify(names)}) new ApiObject(new Chart(app, n), 'x', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: n } });
app.synth();
`;
  const FOLDERS = "{ yamlOutputType: require('cdk8s').YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE }";
  const at = (file: string) => existsSync(join(dir, 'out', file));
  const synth = (names: string[]) => {
    write(dir, { 'charts.js': charts(...names) });
    return quick('charts.js', '-o', 'out');
  };
  beforeEach(() => rmSync(join(dir, 'out'), { recursive: true, force: true }));

  test('goes when the app succeeds', async () => {
    await synth(['a', 'b']);
    expect(at('b.k8s.yaml')).toBe(true);
    const { stdout, stderr } = await synth(['a']);
    expect([at('a.k8s.yaml'), at('b.k8s.yaml')]).toEqual([true, false]);
    expect(stdout).toContain('removed out/b.k8s.yaml');
    expect(stderr).not.toContain('worth a look');
  });

  test('stays when the app fails', async () => {
    await synth(['a', 'b']);
    write(dir, { 'fails.js': `${charts('a')}throw new Error('late');` });
    expect((await quick('fails.js', '-o', 'out')).status).toBe(3);
    expect(at('b.k8s.yaml')).toBe(true);
    // and goes when it succeeds again
    await synth(['a']);
    expect(at('b.k8s.yaml')).toBe(false);
  });

  test('stays and is said when it is not surely ours', async () => {
    await synth(['a', 'b', 'c']);
    writeFileSync(join(dir, 'out', 'b.k8s.yaml'), '# mine now\n');
    write(dir, { 'out/notes.md': 'mine', 'out/own.k8s.yaml': 'kind: Mine\n', 'out/sub/other.k8s.yaml': 'kind: Other\n' });
    const { status, stderr } = await synth(['a']);
    expect(status).toBe(0);
    expect([at('b.k8s.yaml'), at('c.k8s.yaml'), at('notes.md'), at('own.k8s.yaml'), at('sub/other.k8s.yaml')]).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
    expect(stderr).toContain('worth a look out/b.k8s.yaml is not of this run');
    expect(stderr).toContain('worth a look out/own.k8s.yaml is not of this run');
    expect(stderr).not.toContain('other.k8s.yaml');
  });

  test('goes with its folder, and from a folder that two Apps share nothing goes that one of them writes', async () => {
    write(dir, {
      'one.js': charts('a', 'b').replace('{}', FOLDERS),
      'less.js': charts('a').replace('{}', FOLDERS),
      'two.js': `{ ${charts('a')} }{ ${charts('b')} }`,
    });
    await quick('one.js', '-o', 'out');
    expect(at('b/ConfigMap.b.k8s.yaml')).toBe(true);
    await quick('less.js', '-o', 'out');
    expect([at('a/ConfigMap.a.k8s.yaml'), at('b')]).toEqual([true, false]);
    rmSync(join(dir, 'out'), { recursive: true });
    for (let i = 0; i < 2; i++) {
      expect((await quick('two.js', '-o', 'out', '--strict')).status).toBe(0);
      expect([at('a.k8s.yaml'), at('b.k8s.yaml')]).toEqual([true, true]);
    }
  });

  test('is known by the map alone: a list that leads outside the folder is not followed', async () => {
    await synth(['a', 'b']);
    write(dir, { 'precious.yaml': 'x' });
    const map = JSON.parse(readFileSync(join(dir, 'out', 'sources.map'), 'utf8'));
    const { createHash } = require('node:crypto');
    map.files['../precious.yaml'] = createHash('sha256').update('x').digest('hex');
    writeFileSync(join(dir, 'out', 'sources.map'), JSON.stringify(map));
    await synth(['a']);
    expect(existsSync(join(dir, 'precious.yaml'))).toBe(true);
  });
});
