type RunApp = typeof import('../../src/cli/run-app');

/** The module that runs apps, which runs an app once for all questions about it; for `jest.mock` where nothing changes meanwhile. */
export function runOnce(real: RunApp): RunApp {
  const runs = new Map<string, ReturnType<RunApp['runApp']>>();
  const runApp: RunApp['runApp'] = (config, o) => {
    const key = JSON.stringify([process.cwd(), config, o]);
    const known = runs.get(key) ?? real.runApp(config, o);
    runs.set(key, known);
    return known;
  };
  return { ...real, runApp };
}
