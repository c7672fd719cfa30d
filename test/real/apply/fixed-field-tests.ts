import { ApiError } from '../../../src/cluster/api-error';
import { fixedFields } from '../../../src/fields/fixed-fields';
import { manifestOf } from '../../../src/manifests/manifest';
import { FIXED_ROWS } from '../../fields/fixed-rows';
import type { KubeObject } from '../manifests';
import { expectNone, type Report } from '../report';
import { namespaceOf, pathOf } from './app';
import type { Lab } from './lab';

const CLUSTER = /^(ClusterRoleBinding|StorageClass|PriorityClass|IngressClass)$/;

/** What is told of fields from files alone, without a cluster, is what the server says. */
export async function fixedFieldTests(lab: Lab, report: Report): Promise<void> {
  await report.check(`T13 fields that cannot change, told without a cluster (${FIXED_ROWS.length} changes)`, async () => {
    const { server } = lab;
    const namespace = lab.namespace('fixed-fields');
    await server.put([namespaceOf(namespace)]);
    const wrong: string[] = [];
    for (const [i, { what, before, after, fields }] of FIXED_ROWS.entries()) {
      const kind: string = before.kind;
      const metadata = { name: `${namespace}-${i}`, ...(CLUSTER.test(kind) ? {} : { namespace }) };
      const [old, now] = [before, after].map((o) => ({ ...o, metadata }) as unknown as KubeObject) as [KubeObject, KubeObject];
      const at = pathOf(old)
        .replace(/classs\//, 'classes/')
        .replace(/policys\//, 'policies/');
      const send = (value: KubeObject, query = '') =>
        server.send('PATCH', `${at}?fieldManager=fixed${query}`, { type: 'application/apply-patch+yaml', value });
      const made = await send(old);
      if (made.status !== 201) wrong.push(`${kind}: ${what}: it is not made: ${JSON.stringify(made.body)}`);
      const { status, body } = await send(now, '&dryRun=All');
      const error = new ApiError(status, body, what);
      const said = status < 300 ? 'takes it' : error.isImmutable ? 'refuses it for good' : `says ${status}: ${error.message}`;
      const ours = fixedFields(...([[old], [now]].map((all) => all.map((o) => manifestOf(o, PLACE))) as [any, any]));
      const told = ours.flatMap((f) => f.fields);
      if (`${told}` !== `${fields}`) wrong.push(`${kind}: ${what}: told are ${told}, and the row has ${fields}`);
      if (fields.length > 0 !== (said === 'refuses it for good'))
        wrong.push(`${kind}: ${what}: the server ${said}, and told is: ${fields}`);
    }
    expectNone('changes that are told otherwise', wrong);
  });
}

const PLACE = () => ({ file: 'test', line: 0, column: 0 });
