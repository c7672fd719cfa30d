const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  runtime: '<rootDir>/test/jest-runtime.js',
  roots: ['<rootDir>/test'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/real/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform: { decoratorVersion: '2022-03' } },
        module: { type: 'commonjs' },
      },
    ],
    // ES modules, which Node itself can import
    '/(cel-js/lib|client-node/dist)/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/|@kubernetes/client-node/)'],
  // jest leaves one core idle, which on a small machine is half of it; and some tests wait for what they start
  maxWorkers: availableParallelism() + 1,
  // tests that start processes take their time on a machine that is busy
  testTimeout: 60_000,
};
