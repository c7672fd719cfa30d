#!/usr/bin/env node
// `mesh synth | head` is no failure: the command ends as it would have ended
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (e) => {
    if (e.code === 'EPIPE') return;
    if (stream === process.stdout) process.stderr.write(`error the answer cannot be written: ${e.message}\n`);
    process.exit(3);
  });
// V8 spends more on optimizing the code of a command that lasts a second than it gets back: it waits longer, by as much as pays at
// 1,000 services and at 5,000. Other versions have other flags, and are not measured
const later = {
  11: ['interrupt-budget=500000'],
  12: ['invocation-count-for-turbofan=20000', 'invocation-count-for-osr=3300', 'invocation-count-for-maglev=1600'],
};
later[13] = later[12];
for (const flag of later[process.versions.v8.split('.')[0]] ?? []) require('node:v8').setFlagsFromString(`--${flag}`);
// from Node 22.1 on, what was compiled once is not compiled again
require('node:module').enableCompileCache?.();
require('../lib/src/cli/main.js')
  .main(process.argv.slice(2))
  .then((code) => {
    process.exitCode = code;
  });
