import type { Argv } from 'yargs';
import { oneNumber, oneText } from './usage';

/** What all commands take. */
export type Common = { json: boolean; verbose: boolean };

/** Where manifests are. */
export const PATHS = {
  type: 'string',
  array: true,
  default: [] as string[],
  describe: 'files, folders or globs of manifests; - for standard input',
  defaultDescription: 'output in cdk8s.yaml',
} as const;

/** An option that takes one text. */
export const text = (name: string, describe: string, without?: string) =>
  ({
    type: 'string',
    requiresArg: true,
    describe,
    coerce: oneText(name),
    ...(without === undefined ? {} : { defaultDescription: without }),
  }) as const;

/** An option that takes a text, and may come several times. */
export const texts = (describe: string) =>
  ({ type: 'string', array: true, nargs: 1, default: [] as string[], defaultDescription: 'none', describe }) as const;

/** Of commands that run the app. */
export const withApp = (y: Argv<Common>) =>
  y.option('app', { alias: 'a', ...text('app', 'command that runs the app', 'as in cdk8s.yaml') });

/** Of commands that talk to a cluster. */
export const withCluster = (y: Argv<Common>) =>
  y
    .positional('manifests', PATHS)
    .option('set', text('set', 'name of what is applied together: name or namespace/name', "the package's name"))
    .option('context', {
      ...texts('context of the kubeconfig; several: one after the other'),
      defaultDescription: 'the current one',
    })
    .option('kubeconfig', text('kubeconfig', 'kubeconfig file', 'KUBECONFIG, ~/.kube/config'))
    .option('namespace', { alias: 'n', ...text('namespace', 'of objects that say none', "the context's") })
    .option('cluster-domain', text('cluster-domain', "suffix of services' names", 'cluster.local'))
    .option('all', { type: 'boolean', default: false, describe: 'show each object and field' });

/** Of those that say what is to be written. */
export const withPlan = (y: Argv<Common>) =>
  withCluster(y)
    .option('prune', { type: 'boolean', default: true, describe: 'delete what is in no file any more' })
    .option('max-deletes', {
      type: 'number',
      requiresArg: true,
      coerce: oneNumber('max-deletes', 0),
      describe: 'more deletions are refused',
      defaultDescription: '20',
    })
    .option('take', texts('what to take from its owner: Kind/namespace/name, Kind/namespace/name:.spec.field, or from=OWNER'))
    .option('replace', texts('object that may be deleted and made anew: Kind/namespace/name'))
    .option('delete', texts('Namespace, CustomResourceDefinition or volume that may be deleted: Namespace/name'))
    .option('rules', text('rules', 'rules of mesh check to follow: a,b; all but some: --rules=-a,-b', 'all'))
    .option('verify', { type: 'boolean', default: false, describe: 'ask the server, by a dry run, about each object' })
    .option('mesh-config', text('mesh-config', 'file with MeshConfig, or the ConfigMap istio', "the cluster's"));

/** As the commands take them: where manifests are, and names of several words. */
export const withPaths = <T extends FromYargs>(a: T, dashes: readonly string[]) => ({
  ...a,
  path: [...(a.manifests ?? []), ...dashes], // which yargs drops
  meshConfig: a['mesh-config'],
  clusterDomain: a['cluster-domain'],
  maxDeletes: a['max-deletes'],
});

interface FromYargs {
  readonly manifests?: readonly string[] | undefined;
  readonly 'mesh-config'?: string | undefined;
  readonly 'cluster-domain'?: string | undefined;
  readonly 'max-deletes'?: number | undefined;
}
