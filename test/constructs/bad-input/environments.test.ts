import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as m from '../../../src';
import { errorOf, refuses, solo } from './support';

refuses([
  [
    'an environment that forks nothing',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', forks: [] }),
    /environment "dev1" forks nothing/,
  ],
  [
    'an environment that forks twice',
    (c) => {
      const s = solo(c);
      new m.HeaderRoutedDevEnv(c, 'E', { name: 'dev1', header: 'x', forks: [s.fork(), s.fork()] });
    },
    /forks service "solo" twice/,
  ],
  [
    'two environments of one name',
    (c) => {
      const s = solo(c);
      for (const i of ['A', 'B']) new m.HeaderRoutedDevEnv(c, i, { name: 'dev1', header: 'x', forks: [s.fork()] });
    },
    /^environment "dev1" is declared twice: at "chart\/A" \(.*environments\.test\.ts:\d+\) and at "chart\/B" \(.*environments\.test\.ts:\d+\), and both make "solo-dev1"; give one of them another name/,
  ],
  [
    'an environment of a file, declared in code too',
    (c) => {
      const folder = mkdtempSync(join(tmpdir(), 'envs-'));
      writeFileSync(join(folder, 'dev.yaml'), 'name: dev1\nforks: { solo: { image: x } }\n');
      const services = { solo: solo(c) };
      new m.HeaderRoutedDevEnv(c, 'Mine', { name: 'dev1', header: 'x', forks: [services.solo.fork()] });
      m.HeaderRoutedDevEnv.fromFiles(c, folder, services, { header: 'x' });
    },
    /environment "dev1" is declared twice: at "chart\/Mine" .* and at "chart\/env-dev1"/,
  ],
]);

test('teams may share a name for an environment of different services', () => {
  const message = errorOf((c) => {
    const other = new m.MeshService(c, 'Other', { port: m.Port.http(80), versions: { v1: { image: 'x:1' } } });
    for (const s of [solo(c), other]) new m.HeaderRoutedDevEnv(c, s.name, { name: 'dev1', header: 'x', forks: [s.fork()] });
  });
  expect(message).toBe('(no error)');
});

describe('environment files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'envs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const files: [what: string, text: string, says: RegExp][] = [
    ['broken YAML', 'name: [dev1\n', /dev\.yaml:2:1: /],
    ['a list', '- a\n', /dev\.yaml:1:1: an environment file is a map/],
    [
      'an unknown key',
      'name: dev1\nfork: {}\nforks: { solo: { image: x } }\n',
      /dev\.yaml:2:1: an environment has no "fork".*did you mean "forks"/,
    ],
    [
      'an unknown service',
      'name: dev1\nforks:\n  sol: { image: x }\n',
      /dev\.yaml:3:3: service "sol" cannot be forked here.*did you mean "solo"/,
    ],
    ['no image', 'name: dev1\nforks:\n  solo: { replicas: 2 }\n', /dev\.yaml:3:9: fork of "solo" has no image/],
    ['no name', 'forks:\n  solo: { image: x }\n', /dev\.yaml:1:1: the environment has no name/],
    [
      'a number as environment variable',
      'name: dev1\r\nforks:\r\n  solo:\r\n    image: x\r\n    env: { A: 1 }\r\n',
      /dev\.yaml:5:15: env A of "solo" has to be text: put it in quotes/,
    ],
    [
      'replicas that are none',
      'name: dev1\nforks:\n  solo: { image: x, replicas: -1 }\n',
      /replicas of "solo" has to be a whole number/,
    ],
  ];
  test.each(files)('%s', (_what, text, says) => {
    writeFileSync(join(folder, 'dev.yaml'), text);
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: solo(c) }, { header: 'x-env' }))).toMatch(says);
  });
  test('one environment in two files', () => {
    for (const f of ['dev.yaml', 'more.yaml']) writeFileSync(join(folder, f), 'name: dev1\nforks: { solo: { image: x } }\n');
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, folder, { solo: solo(c) }, { header: 'x-env' }))).toMatch(
      /more\.yaml:1:1: environment "dev1" is in "dev\.yaml" already/,
    );
    rmSync(join(folder, 'more.yaml'));
  });
  test('no folder', () =>
    expect(errorOf((c) => m.HeaderRoutedDevEnv.fromFiles(c, join(folder, 'none'), { solo: solo(c) }, { header: 'x' }))).toMatch(
      /cannot read the environments folder/,
    ));
});
