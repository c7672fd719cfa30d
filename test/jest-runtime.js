// Jest's way of loading modules, with one difference: what a process has compiled for one file of tests, it does not compile again
// for the next. Each file still gets modules of its own, run anew; the code of them is shared, with what V8 has made of it.
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');
const Runtime = require('jest-runtime').default;

// As in bin/mesh.js: V8 11 (Node 20) optimizes code early, which a file of tests, whose modules are run anew, does not live to get back.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=1000000');

const scripts = new Map();

/** The code as an expression that is a function with the given parameters, compiled once. */
function scriptOf(code, filename, parameters) {
  const known = scripts.get(filename);
  if (known?.code === code) return known.script;
  const head = `(function (${parameters}) {`;
  const script = new Script(`${head}${code}\n})`, { filename, columnOffset: -head.length });
  scripts.set(filename, { code, script });
  return script;
}

module.exports = class extends Runtime {
  constructor(...given) {
    super(...given);
    const { executor } = this;
    // another jest may do it another way: then as it does
    if (typeof executor?.compile !== 'function') return;
    const compile = executor.compile.bind(executor);
    executor.compile = (code, filename) => {
      const context = this._environment.getVmContext();
      if (context === null) return null;
      try {
        return scriptOf(code, filename, executor.injectedModuleParameters).runInContext(context);
      } catch {
        return compile(code, filename); // which says what is wrong with it
      }
    };
  }
};
