import { chmod, cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { cached, inputKey } from './cache';
import { withProgress } from './progress';
import { must, SetupError } from './tools';
import { versions } from './versions';

/** A Go that our modules can be built with. */
export interface Toolchain {
  readonly go: string;
  readonly env: NodeJS.ProcessEnv;
}

const WHAT = `Go ${versions.go.version}`;
const INSTALL = `install Go ${versions.go.minimum} or later, or any Go from 1.16 on (the lane then fetches the one it needs as a Go module)`;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** How everything is built: nothing is changed or taken from the machine, and no path of it is left in what is built. */
export const GO_FLAGS = '-mod=readonly -trimpath -buildvcs=false';

let chosen: Promise<Toolchain> | undefined;

/** The machine's own Go if it is new enough; else the pinned one, fetched into the cache with the machine's. Decided once. */
export function toolchain(): Promise<Toolchain> {
  chosen ??= choose();
  return chosen;
}

/** Nothing of the machine's own settings but its caches and its proxy, and no C compiler. */
function environment(): NodeJS.ProcessEnv {
  const { GOROOT: _GOROOT, ...env } = process.env;
  return { ...env, CGO_ENABLED: '0', GOWORK: 'off', GOTOOLCHAIN: 'local', GOFLAGS: GO_FLAGS };
}

async function choose(): Promise<Toolchain> {
  const said = await must(WHAT, INSTALL, 'go', ['version']);
  const own = /go(\d+)\.(\d+)/.exec(said);
  const [major = 0, minor = 0] = versions.go.minimum.split('.').map(Number);
  const isNewEnough = own && (Number(own[1]) > major || (Number(own[1]) === major && Number(own[2]) >= minor));
  return isNewEnough ? { go: 'go', env: environment() } : { go: await fetched(), env: environment() };
}

async function fetched(): Promise<string> {
  const machine = `${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`;
  const key = await inputKey({ facts: versions.go });
  const folder = await cached('go', key, (partial) =>
    withProgress(
      `downloading ${WHAT}`,
      () => '',
      async () => {
        const module = `golang.org/toolchain@v0.0.1-go${versions.go.version}.${machine}`;
        const options = { cwd: partial, env: { ...environment(), GOFLAGS: '' } };
        const { Dir, Sum } = JSON.parse(await must(WHAT, INSTALL, 'go', ['mod', 'download', '-json', module], options));
        const pinned = versions.go.sum[machine];
        if (Sum !== pinned) throw new SetupError(WHAT, `"${module}" has the sum "${Sum}", not "${pinned}"`, INSTALL);
        await cp(Dir, partial, { recursive: true });
        await makeExecutable(partial);
      },
    ),
  );
  return path.join(folder, 'bin', 'go');
}

/** A module's files are read-only and not executable. */
async function makeExecutable(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const isProgram = /^(bin|pkg[/\\]tool)([/\\]|$)/.test(path.relative(folder, entry.parentPath));
    await chmod(path.join(entry.parentPath, entry.name), entry.isDirectory() || isProgram ? 0o755 : 0o644);
  }
}
