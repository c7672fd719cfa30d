// Runs command after command in one process that is not jest's, where the Kubernetes client cannot be loaded: a line of JSON
// in ({ args, cwd, env }), a line of JSON out ({ status, stdout, stderr }).
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const { main } = require(join(__dirname, '..', '..', 'lib', 'src', 'cli', 'main.js'));

const answer = process.stdout.write.bind(process.stdout);
const usual = process.env;

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const { args, cwd, env } = JSON.parse(line);
    const wrote = { stdout: '', stderr: '' };
    for (const to of ['stdout', 'stderr'])
      process[to].write = (text) => {
        wrote[to] += text;
        return true;
      };
    process.chdir(cwd);
    process.env = { ...usual, ...env };
    const status = await main(args);
    answer(`${JSON.stringify({ status, ...wrote })}\n`);
  }
})();
