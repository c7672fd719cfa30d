import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ask, folder, mesh, root, write } from './support';

const dir = folder();

test('help names the commands and the exit codes, fits 80 columns, and has no colours when it is no terminal', () => {
  const { status, stdout } = mesh(['--help']);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /mesh synth[\s\S]*mesh precedence[\s\S]*mesh init[\s\S]*Exit codes: 0 clean, 1 findings or changes, 2 wrong usage, 3 failure,\n130 mesh apply was interrupted/,
  );
  for (const command of [[], ['synth'], ['precedence'], ['init'], ['trace'], ['check'], ['diff']]) {
    const help = mesh([...command, '--help']).stdout;
    expect(help).not.toContain('\u001b[');
    expect(help.split('\n').filter((l) => l.length > 80)).toEqual([]);
  }
  // an example stands on one line
  expect(mesh(['synth', '--help']).stdout).toMatch(/^ {2}mesh synth -o out {2}into another folder$/m);
  expect(mesh(['trace', '--help']).stdout).toMatch(/^ {2}mesh trace .* 'end-user: alice'$/m);
});

test.each([
  [['syth'], 'unknown command "syth" (did you mean "synth"?)'],
  [
    ['deploy'],
    'unknown command "deploy": there are synth, precedence, trace, check, diff, plan, gitops, apply, status, init, completion',
  ],
  [['synth', '--outptu', 'x'], 'unknown option "--outptu" (did you mean --output?)'],
  [['synth', '--outptu=x'], 'unknown option "--outptu" (did you mean --output?)'],
  [['synth', '-x'], 'unknown option "-x"'],
  [['synth', 'main.ts'], 'unknown argument "main.ts"'],
  [['synth', '-o', ''], '--output is empty'],
  [['synth', '-o', 'a', '-o', 'b'], '--output is given 2 times'],
  [['synth', '-o'], '-o needs a value'],
  [['synth', '--app', ' '], '--app is empty'],
  [['synth', '--quiet=maybe'], '--quiet is a switch and takes no value (given: "maybe")'],
  [['synth', '-q=1'], '-q is a switch'],
  [['precedence'], 'precedence needs a host'],
  [['--verison'], 'unknown option "--verison" (did you mean --version?)'],
  [['trace', '--porpagate', 'x'], 'unknown option "--porpagate" (did you mean --propagate?)'],
  [['diff', 'a', 'b', '--quiet'], 'unknown option "--quiet"'],
  [['trace', '--to', 'a', '--to', 'b'], '--to is given 2 times'],
  [['trace', '--to'], '--to needs a value'],
  [['trace', '--to', 'a', '--port', 'x'], '--port has to be a whole number from 1 to 65535'],
  [['trace', '--to', 'a', '--port', '65536'], '--port has to be a whole number from 1 to 65535'],
  [['trace', '--to', 'a', '--method', ''], '--method is empty'],
  [['trace', '--from', '-schema'], '--from needs a value; one that begins with "-" is written --from=-schema'],
  [['check', '--rules', '-schema'], '--rules needs a value; one that begins with "-" is written --rules=-schema'],
  [['trace', '--batch', 'dist'], '"dist" is a folder, not a file'],
])('wrong usage %j ends with 2', async (args, says) => {
  const { status, stdout, stderr } = await ask(args);
  expect(status).toBe(2);
  expect(stderr.split('\n')[0]).toContain(`error ${says}`);
  expect(stdout).toBe('');
  const json = await ask([...args.slice(0, 1), '--json', ...args.slice(1)]);
  expect(json.status).toBe(2);
  expect(JSON.parse(json.stdout).errors).toEqual([{ message: expect.stringContaining(says) }]);
});

test.each([
  ['synth'],
  ['precedence', 'reviews'],
  ['trace'],
  ['check'],
  ['diff', 'a', 'b'],
  ['plan'],
  ['gitops'],
  ['apply'],
  ['status'],
])('mesh %s: each option that takes one value is named where it comes twice', async (...command) => {
  const { stdout } = mesh([command[0]!, '--help']);
  const options = stdout.slice(stdout.indexOf('Options:')).split(/\n(?= +(?:-\w, )?--)/);
  const valued = options.filter((o) => /\[(string|number)\]/.test(o)).map((o) => /--[a-z-]+/.exec(o)![0]);
  expect(valued.length).toBeGreaterThan(0);
  const said: unknown[] = [];
  for (const name of valued) {
    const { status, stderr } = await ask([...command, name, '1', name, '2']);
    said.push([status, stderr.split('\n')[0]]);
  }
  expect(said).toEqual(valued.map((name) => [2, `error ${name} is given 2 times, and takes one value`]));
});

test('help of a command, by the word too', () => {
  expect(mesh(['help', 'synth'])).toEqual(mesh(['synth', '--help']));
});

test('without a command the help is an error', () => {
  const { status, stdout, stderr } = mesh([]);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('mesh precedence <host>');
});

test('a folder without an app is said to be one, for people and for programs', async () => {
  expect(mesh(['synth'], dir)).toMatchObject({ status: 2, stderr: expect.stringContaining('there is no cdk8s.yaml here') });
  const { status, stdout } = await ask(['synth', '--json'], dir);
  expect(status).toBe(2);
  expect(JSON.parse(stdout).errors[0].message).toContain('no app to run');
});

test.each([
  ['app: [1]', '"app" in cdk8s.yaml is [1]: it has to be text', 2],
  ['app: node a.js\noutput: ""', '"output" in cdk8s.yaml is "": it has to be text', 2],
  ['app: "', 'cdk8s.yaml cannot be read', 3],
])('cdk8s.yaml %j is refused, on a line', async (text, says, status) => {
  write(dir, { 'bad/cdk8s.yaml': text });
  for (const args of [['synth'], ['trace', '--to', 'x']])
    expect((await ask(args, join(dir, 'bad'))).stderr).toMatch(/^error .*\n$/);
  expect(await ask(['synth'], join(dir, 'bad'))).toMatchObject({ status, stderr: expect.stringContaining(says) });
});

test('bash completes commands, options and contexts by the script', () => {
  const { stdout } = mesh(['completion']);
  write(dir, {
    'completion.bash': stdout,
    'bin/mesh': `#!/bin/sh\nexec ${process.execPath} ${join(root, 'bin', 'mesh.js')} "$@"\n`,
  });
  const completed = (...words: string[]) =>
    spawnSync(
      'bash',
      [
        '-c',
        `chmod +x bin/mesh; PATH=$PWD/bin:$PATH; . ./completion.bash; COMP_WORDS=(${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length - 1}; $(complete -p mesh | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      { cwd: dir, encoding: 'utf8' },
    );
  const complete = (...words: string[]) => {
    const { stdout: said, stderr } = completed(...words);
    expect(stderr).toBe('');
    return said.split('\n');
  };
  expect(complete('mesh', 'sy')).toContain('synth');
  expect(complete('mesh', 'synth', '--o')).toContain('--output');
  // one letter has one dash
  expect(complete('mesh', 'apply', '--')).toEqual(expect.arrayContaining(['--namespace', '--yes']));
  expect(complete('mesh', 'apply', '--').filter((w) => /^--.$/.test(w))).toEqual([]);
  const contexts = ['prod', 'preview', 'test'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } }));
  write(dir, { kubeconfig: JSON.stringify({ contexts, clusters: [], users: [] }), 'none.yaml': '{' });
  expect(complete('mesh', 'apply', '--kubeconfig', 'kubeconfig', '--context', 'pr')).toEqual(['prod', 'preview', '']);
  expect(complete('mesh', 'apply', '--kubeconfig=kubeconfig', '--context', '')).toEqual(['prod', 'preview', 'test', '']);
  // what cannot be read has none; the shell offers files where there is nothing
  for (const kubeconfig of ['none.yaml', 'nowhere'])
    expect(complete('mesh', 'apply', '--kubeconfig', kubeconfig, '--context', '')).toEqual(['', '']);
  expect(complete('mesh', 'apply', '--plan', '')).toEqual(['', '']);
  // which is no place for what is wrong with half a line
  expect(complete('mesh', 'gitops', '--base', '')).toEqual(['', '']);
});
