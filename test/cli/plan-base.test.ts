import { stringify } from 'yaml';
import { manifest, routes, service } from '../order/support';
import { commit, dir, web, yaml } from './gitops-support';
import { ask, write } from './support';

describe('mesh plan --base says what each write changes', () => {
  const plan = (...args: string[]) => ask(['plan', '--base', 'HEAD', ...args, 'dist'], dir);
  /** What is written, without what it changes for requests. */
  const writes = (said: string) => said.slice(said.search(/^(commit 1|phase 1|what is written)/m));

  test('and what the first of several commits holds', async () => {
    commit({ 'dist/web.yaml': yaml(...web('v1')) });
    write(dir, { 'dist/web.yaml': yaml(...web('v2')) });
    const { status, stdout } = await plan();
    expect(status).toBe(3);
    expect(writes(stdout)).toBe(`commit 1 of 2
phase 1 of 3
  ~ DestinationRule/shop/web (both as it is and as it is to be)
      .spec.subsets[v2]: {"name":"v2","labels":{"version":"v2"}}
  then until the proxies have heard of it

phase 2 of 3
  ~ VirtualService/shop/web
      .spec.http[0].route[0].destination.subset: "v1" -> "v2"
  then until the proxies have heard of it

commit 2 of 2
phase 3 of 3
  ~ DestinationRule/shop/web
      .spec.subsets[v1]: {"name":"v1","labels":{"version":"v1"}} -> nothing

refused one commit cannot do this without a gap: what it takes away is in use until the rest is in effect
2 commits are needed, and the first holds these otherwise than the files do:
  DestinationRule/shop/web  both as it is and as it is to be
mesh gitops --base HEAD dist writes that commit's files

worth a look the first commit is safe only where it is written in order (DestinationRule, then VirtualService), and no object says so: call syncWaves(app), or annotate the objects (argocd.argoproj.io/sync-wave: "0", "1" and so on), see docs/gitops.md
`);
    const { phases } = JSON.parse((await plan('--json')).stdout);
    expect(phases[1].writes).toEqual([
      {
        object: 'VirtualService/shop/web',
        action: 'change',
        changes: [{ path: '.spec.http[0].route[0].destination.subset', live: 'v1', desired: 'v2' }],
      },
    ]);
  });

  test('what is made for now otherwise than it is to be: it lets everybody in', async () => {
    const labels = { app: 'web' };
    const pods = manifest('apps/v1', 'Deployment', 'web', {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
    });
    const allow = (name: string) =>
      manifest('security.istio.io/v1', 'AuthorizationPolicy', name, {
        selector: { matchLabels: labels },
        rules: [{ from: [{ source: { namespaces: [name] } }] }],
      });
    const base = [service('web'), routes('web', 'web'), pods];
    commit({ 'dist/web.yaml': yaml(...base) });
    write(dir, { 'dist/web.yaml': yaml(...base, allow('a'), allow('b')) });
    const { stdout } = await plan();
    expect(writes(stdout)).toContain(`commit 1 of 2
phase 1 of 2
  + AuthorizationPolicy/shop/a (for now otherwise than it is to be)
      .spec.rules[0].from: nothing
  + AuthorizationPolicy/shop/b (for now otherwise than it is to be)
      .spec.rules[0].from: nothing
`);
    expect(stdout).toContain('  AuthorizationPolicy/shop/a  for now otherwise than it is to be\n');
  });

  test('but nothing of what a Secret holds, and of many fields the first', async () => {
    const objects = (value: string) =>
      [
        { kind: 'Secret', stringData: { password: `planted ${value}` }, data: { key: Buffer.from(value).toString('base64') } },
        { kind: 'ConfigMap', data: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, value])) },
      ]
        .map((o) => stringify({ apiVersion: 'v1', metadata: { name: 'web', namespace: 'shop' }, ...o }))
        .join('---\n');
    commit({ 'dist/web.yaml': objects('one') });
    write(dir, { 'dist/web.yaml': objects('two') });
    const said = [await plan(), await plan('--all'), await plan('--json')].map((p) => p.stdout);
    for (const text of said) expect(text).not.toMatch(/planted|b25l|dHdv/);
    expect(said[0]).toContain('      .stringData.password: "(hidden)" -> "(hidden), another"\n');
    expect(said[0]).toContain('      .data.k7: "one" -> "two"\n      and 1 more: --all shows them\n');
    expect(said[1]).toContain('      .data.k8: "one" -> "two"\n');
  });
});
