#!/usr/bin/env node
// `mesh synth | head` is no failure: the command ends as it would have ended
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (e) => {
    if (e.code === 'EPIPE') return;
    if (stream === process.stdout) process.stderr.write(`error the answer cannot be written: ${e.message}\n`);
    process.exit(3);
  });
// from Node 22.1 on, what was compiled once is not compiled again
require('node:module').enableCompileCache?.();
require('../lib/src/cli/main.js')
  .main(process.argv.slice(2))
  .then((code) => {
    process.exitCode = code;
  });
