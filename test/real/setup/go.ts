import path from 'node:path';
import { cached, inputKey } from './cache';
import { withProgress } from './progress';
import { GO_FLAGS, toolchain } from './toolchain';
import { must } from './tools';
import { COMPONENTS, versions } from './versions';

/** A Go module of ours below `components/` and the programs that it makes. */
export interface GoComponent {
  /** Its folder's name, and its name in the cache. */
  readonly name: string;
  /** What it is called when it is built. */
  readonly title: string;
  readonly packages: string;
  /** The file to write; none: one file for each of several packages. */
  readonly output?: string;
  /** Linker variables that are set. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Kubernetes' programs say their version, and refuse to work with one that says none. */
const kubeVersion: Readonly<Record<string, string>> = {
  'k8s.io/component-base/version.gitVersion': `v${versions.kubernetes.version}`,
  'k8s.io/component-base/version.gitMajor': versions.kubernetes.major,
  'k8s.io/component-base/version.gitMinor': versions.kubernetes.minor,
};

/** What is built from Go sources. */
export const goComponents: readonly GoComponent[] = [
  { name: 'etcd', title: `etcd ${versions.etcd.version}`, packages: '.', output: 'etcd' },
  {
    name: 'kube',
    title: `kube-apiserver ${versions.kubernetes.version}`,
    packages: '.',
    output: 'kube-apiserver',
    variables: kubeVersion,
  },
  {
    name: 'kubectl',
    title: `kubectl ${versions.kubernetes.version}`,
    packages: '.',
    output: 'kubectl',
    variables: kubeVersion,
  },
  {
    name: 'ratelimit',
    title: `Envoy's ratelimit service ${versions.ratelimit.revision}, and a Redis in memory`,
    packages: './cmd/...',
  },
  { name: 'istio', title: `Istio ${versions.istio.version}: istioctl, analyzers, validation, istiod`, packages: './cmd/...' },
];

const REMEDY = 'Go needs its module proxy, or a filled module cache; run the same command again: what is built is kept';

/** Downloads and builds a Go component unless the cache has it; gives its folder of programs. */
export async function goBuild(component: GoComponent): Promise<string> {
  const module = path.join(COMPONENTS, component.name);
  const variables = Object.entries(component.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ['-ldflags', ['-s', '-w', ...variables].join(' ')];
  const key = await inputKey({ folder: module, facts: [GO_FLAGS, flags, component.packages] });
  return cached(component.name, key, async (folder) => {
    const { go, env } = await toolchain();
    let modules = 0;
    await withProgress(
      `downloading the Go modules of ${component.title}`,
      () => `${modules} modules`,
      () => must('Go modules', REMEDY, go, ['mod', 'download', '-x'], { cwd: module, env, onLine: countModules }),
    );
    function countModules(line: string): void {
      if (/\.zip: 200 OK/.test(line)) modules += 1;
    }
    let packages = 0;
    const output = component.output ? path.join(folder, component.output) : `${folder}${path.sep}`;
    await withProgress(
      `building ${component.title}`,
      () => `${packages} packages`,
      () =>
        must(component.title, REMEDY, go, ['build', '-v', ...flags, '-o', output, component.packages], {
          cwd: module,
          env,
          onLine: () => {
            packages += 1;
          },
        }),
    );
  });
}
