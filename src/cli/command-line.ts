import type { Argv } from 'yargs';
import { type Common, PATHS, text, texts, withApp, withCluster, withPaths, withPlan } from './options';
import { milliseconds, onePort } from './usage';

/**
 * The commands with their options, examples and help. What a command does is loaded when it runs, so that help is quick.
 * @param run takes what the command that is named does
 * @param dashes those of the command line that mean standard input, which yargs drops
 */
export const withCommands = (y: Argv<Common>, run: (command: () => Promise<number>) => void, dashes: readonly string[]) =>
  y
    .command(
      'synth',
      'write the YAML of the app, and say what it made',
      (y) =>
        withApp(y)
          .option('output', { alias: 'o', ...text('output', 'folder to write to', 'as in cdk8s.yaml') })
          .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'print findings and errors alone' })
          .option('strict', { type: 'boolean', default: false, describe: 'end with 1 when something is worth a look' })
          .example('$0 synth', 'what cdk8s.yaml says')
          .example('$0 synth -o out', 'into another folder'),
      (a) => run(async () => (require('./commands/synth') as typeof import('./commands/synth')).synth(a)),
    )
    .command(
      'precedence <host>',
      'print who decides requests to a host; writes nothing',
      (y) =>
        withApp(y)
          .positional('host', { type: 'string', demandOption: true, describe: 'a host, or its beginning' })
          .example('$0 precedence reviews', 'a service of the app')
          .example('$0 precedence a.example.com', 'a host at a gateway'),
      (a) => run(async () => (require('./commands/precedence') as typeof import('./commands/precedence')).precedence(a)),
    )
    .command(
      'init [dir]',
      'make a project, or add to a cdk8s project',
      (y) =>
        y
          .positional('dir', { type: 'string', default: '.', defaultDescription: 'this one', describe: 'folder of the project' })
          .example('$0 init shop', 'a new project in ./shop'),
      (a) => run(async () => (require('./commands/init') as typeof import('./commands/init')).init(a)),
    )
    .command(
      'trace [manifests..]',
      'say what happens to a request, from manifests alone',
      (y) =>
        y
          .positional('manifests', PATHS)
          .option(
            'from',
            text('from', 'who asks: namespace/workload, service@version, gateway:namespace/name, outside', 'outside'),
          )
          .option('to', text('to', 'the host that is asked, as the client says it'))
          .option('path', { alias: ['url', 'u'], ...text('path', 'path that is asked for, with its query', '/') })
          .option('method', { alias: 'X', ...text('method', 'HTTP method', 'GET') })
          .option('header', { alias: 'H', ...texts("'name: value'") })
          .option('port', {
            type: 'number',
            requiresArg: true,
            describe: 'port that is dialled',
            defaultDescription: "the service's only one",
            coerce: onePort('port'),
          })
          .option('tls', { type: 'boolean', default: false, describe: 'the client itself speaks TLS' })
          .option('sni', text('sni', 'name in the TLS hello', 'the host'))
          .option(
            'alpn',
            text('alpn', 'what the client speaks: h2c, h2 (with --tls), or none: bytes that are no HTTP', 'http/1.1'),
          )
          .option(
            'address',
            text('address', "the client's IP address, for policies about addresses", "its pod's, or 203.0.113.1"),
          )
          .option('all', { type: 'boolean', default: false, describe: 'all that was passed over' })
          .option('then', texts('whom the service asks then: reviews, or reviews:9080/path'))
          .option('propagate', texts('headers that services pass on, such as x-dev,baggage'))
          .option(
            'mesh-config',
            text('mesh-config', 'file with MeshConfig, or the ConfigMap istio', 'that ConfigMap in manifests'),
          )
          .option('namespace', { alias: 'n', ...text('namespace', 'where objects are that say no namespace', 'default') })
          .option('cluster-domain', text('cluster-domain', "suffix of services' names", 'cluster.local'))
          .option('batch', text('batch', 'file of cases, one JSON object a line; - for standard input'))
          .example("$0 trace --from page --to reviews -H 'end-user: alice'", '')
          .example('$0 trace k8s/ --from gateway:shop/edge --to a.example.com', ''),
      (a) =>
        run(async () => (require('./commands/trace') as typeof import('./commands/trace')).traceCommand(withPaths(a, dashes))),
    )
    .command(
      'check [manifests..]',
      'say what is wrong, or likely to be, in manifests',
      (y) =>
        y
          .positional('manifests', PATHS)
          .option('severity', text('severity', 'leave out what is less bad: error, warning, info', 'info'))
          .option('rules', text('rules', 'rules to follow: a,b; all but some: --rules=-a,-b', 'all'))
          .option('explain', text('explain', 'say what a rule is about: its name, id or code; all lists them'))
          .option('sarif', { type: 'boolean', default: false, describe: 'print SARIF, for code hosts' })
          .option('github', { type: 'boolean', default: false, describe: 'print annotations for GitHub Actions' })
          .option('now', text('now', 'the day that it is, for what has an end', 'today'))
          .option('mesh-config', text('mesh-config', 'file with MeshConfig, or the ConfigMap istio'))
          .option('namespace', { alias: 'n', ...text('namespace', 'where objects are that say no namespace', 'default') })
          .option('cluster-domain', text('cluster-domain', "suffix of services' names", 'cluster.local'))
          .option('batch', text('batch', 'file of cases, one JSON object a line; - for standard input'))
          .example('$0 check', 'what mesh synth wrote')
          .example('helm template . -n shop | $0 check - -n shop', "a chart's output")
          .example('$0 check --explain subset-not-defined', ''),
      (a) =>
        run(async () => (require('./commands/check') as typeof import('./commands/check')).checkCommand(withPaths(a, dashes))),
    )
    .command(
      'diff <old> [new..]',
      'say what changes for requests between manifests',
      (y) =>
        y
          .positional('old', {
            type: 'string',
            demandOption: true,
            describe: 'file, folder or quoted glob; or git revisions: main..HEAD, main..',
          })
          .positional('new', {
            type: 'string',
            array: true,
            default: [] as string[],
            describe: 'file, folder or quoted glob; after revisions, files and folders',
            defaultDescription: 'after revisions, output in cdk8s.yaml',
          })
          .option('markdown', { type: 'boolean', default: false, describe: 'print a table for a pull request' })
          .option(
            'mesh-config',
            text('mesh-config', 'file with MeshConfig, or the ConfigMap istio; for both', "each side's ConfigMap istio"),
          )
          .option('old-mesh-config', text('old-mesh-config', 'what it was on the old side', '--mesh-config'))
          .option('namespace', {
            alias: 'n',
            ...text('namespace', 'where objects are that say no namespace; for both', 'default'),
          })
          .option('cluster-domain', text('cluster-domain', "suffix of services' names; for both", 'cluster.local'))
          .example('$0 diff old/ dist/', 'two folders')
          .example('$0 diff main..HEAD dist', 'what this branch changes for requests'),
      (a) =>
        run(async () =>
          (require('./commands/diff') as typeof import('./commands/diff')).diffCommand({
            ...a,
            old: a.old!,
            new: a.new ?? [],
            meshConfig: a['mesh-config'],
            oldMeshConfig: a['old-mesh-config'],
            clusterDomain: a['cluster-domain'],
          }),
        ),
    )
    .command(
      'plan [manifests..]',
      'say what apply would do to a cluster, in which order, and what it changes for requests',
      (y) =>
        withPlan(y)
          .option('base', text('base', 'compare with a folder or a git revision instead of a cluster'))
          .option('out', text('out', 'file to write the plan to, for apply --plan'))
          .example('$0 plan', "what cdk8s.yaml's output means for the current context")
          .example('$0 plan --base main', 'for a pull request, without a cluster'),
      (a) => run(async () => (require('./commands/plan') as typeof import('./commands/plan')).planCommand(withPaths(a, dashes))),
    )
    .command(
      'gitops [manifests..]',
      'write the commit that has to come first, where one commit would leave a gap',
      (y) =>
        y
          .positional('manifests', { ...PATHS, describe: 'files or folders of manifests, which are written to' })
          .option('base', text('base', 'git revision, or folder, of what the clusters have now'))
          .option('namespace', { alias: 'n', ...text('namespace', 'where objects are that say no namespace') })
          .option(
            'mesh-config',
            text('mesh-config', 'file with MeshConfig, or the ConfigMap istio', 'that ConfigMap in manifests'),
          )
          .option('cluster-domain', text('cluster-domain', "suffix of services' names", 'cluster.local'))
          .example('$0 gitops --base main', 'of a pull request')
          .example('$0 gitops --base HEAD dist', 'what comes after the last commit'),
      (a) => run(async () => (require('./commands/gitops') as typeof import('./commands/gitops')).gitops(withPaths(a, dashes))),
    )
    .command(
      'apply [manifests..]',
      'write to a cluster, so that nothing is ever missing that something refers to',
      (y) =>
        withPlan(y)
          .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'do not ask' })
          .option('dry-run', { type: 'boolean', default: false, describe: 'ask the server what it would do; write nothing' })
          .option('verify', {
            type: 'boolean',
            default: false,
            describe: 'ask the server, by a dry run, about each object before',
          })
          .option('plan', text('plan', 'apply only what a plan says that mesh plan --out wrote'))
          .option('barrier', {
            ...text('barrier', 'how long proxies get where istiod cannot be asked: 5s', '5s'),
            coerce: milliseconds('barrier'),
          })
          .option('timeout', {
            ...text('timeout', 'how long workloads, proxies, and namespaces that go are waited for: 5m', '5m'),
            coerce: milliseconds('timeout'),
          })
          .example('$0 apply', 'asks before it writes')
          .example('$0 apply --yes --context staging --context prod', 'in a pipeline: one after the other'),
      (a) =>
        run(async () =>
          (require('./commands/apply') as typeof import('./commands/apply')).applyCommand({
            ...withPaths(a, dashes),
            dryRun: a['dry-run'],
          }),
        ),
    )
    .command(
      'status [manifests..]',
      'say what in a cluster is not as the files say, and who owns it',
      (y) => withCluster(y).example('$0 status', 'hand edits, stolen fields, what is missing or too much'),
      (a) =>
        run(async () => (require('./commands/status') as typeof import('./commands/status')).statusCommand(withPaths(a, dashes))),
    );
