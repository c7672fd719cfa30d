import { transitionCauses } from '../../../src/apply/plan/transition-rules';
import { ApiError } from '../../../src/cluster/api-error';
import type { Cluster } from '../../../src/cluster/transport';

const CELS = { group: 'lab.example.com', version: 'v1', kind: 'Cel', plural: 'cels', namespaced: true, verbs: [] };
const rules = (...list: object[]) => ({ 'x-kubernetes-validations': list });
const FIXED = { rule: 'self == oldSelf' };
const SCHEMA = {
  ...rules({ rule: 'self.a == oldSelf.a', messageExpression: '"a was " + oldSelf.a', fieldPath: '.a' }),
  properties: {
    spec: {
      ...rules({ rule: 'has(self.size)', message: 'a size is wanted' }),
      properties: {
        size: rules({ ...FIXED, message: ' what was chosen stays ' }),
        told: rules({ ...FIXED, messageExpression: '"was " + oldSelf' }),
        list: { items: { properties: { x: rules({ ...FIXED, messageExpression: 'self' }) } } },
        map: { additionalProperties: rules({ ...FIXED, message: 'stays' }) },
      },
    },
  },
};

async function fixed(causes: readonly (readonly [field: string, message: string])[], answer: () => object, status = 422) {
  const paths: string[] = [];
  const cluster = {
    send: async ({ path }: { path: string }) => {
      paths.push(path);
      return { status: 200, body: answer() };
    },
  } as unknown as Cluster;
  const details = { causes: causes.map(([field, message]) => ({ reason: 'FieldValueInvalid', field, message })) };
  const error = new ApiError(status, { kind: 'Status', message: 'no', details }, 'Cel/shop/c');
  return { fields: (await transitionCauses(cluster, CELS, error)).map((c) => c.field), paths };
}
const crd = () => ({
  spec: { versions: [{ name: 'v0' }, { name: 'v1', schema: { openAPIV3Schema: SCHEMA } }] },
});
const never = () => {
  throw new Error('it is not asked');
};

test('rules without a message tell by themselves that they compare with what was', async () => {
  expect(await fixed([['spec.size', 'Invalid value: 2: failed rule: self == oldSelf']], never)).toEqual({
    fields: ['spec.size'],
    paths: [],
  });
  expect((await fixed([['spec', 'Invalid value: "object": failed rule: self.all(x,\n  x in oldSelf)']], never)).fields).toEqual([
    'spec',
  ]);
});

test.each<[what: string, field: string, message: string, is: boolean]>([
  ['a message', 'spec.size', 'Invalid value: 2: what was chosen stays', true],
  ['a message of a key of a map', 'spec.map[a]', 'Invalid value: 2: stays', true],
  ['a message that is worked out', 'spec.told', 'Invalid value: 2: was 1', true],
  ['one of an item', 'spec.list[0].x', 'Invalid value: 2: 2', true],
  ['one of a field below', 'a', 'Invalid value: 2: a was 1', true],
  ['a rule about the object alone', 'spec', 'Invalid value: "object": a size is wanted', false],
  ['a rule about the object alone without a message', 'spec', 'Invalid value: "object": failed rule: self.size > 0', false],
  ['another rule of a field whose rule works its message out', 'spec.told', 'Invalid value: 2: failed rule: self > 0', false],
  ['a limit', 'spec.size', 'Invalid value: 2: should be at most 1', false],
])('the kind’s definition tells of %s', async (_, field, message, is) => {
  const { fields, paths } = await fixed([[field, message]], crd);
  expect(fields).toEqual(is ? [field] : []);
  expect(paths).toEqual(['/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cels.lab.example.com']);
});

test('what is wrong besides is told apart, and a definition that one may not read tells nothing', async () => {
  const causes = [
    ['spec.size', 'Invalid value: 2: what was chosen stays'],
    ['spec.a', 'Invalid value: 2: failed rule: self == oldSelf'],
    ['spec.b', 'Required value'],
  ] as const;
  expect((await fixed(causes, crd)).fields).toEqual(['spec.size', 'spec.a']);
  const forbidden = () => {
    throw new ApiError(403, { kind: 'Status', message: 'no' }, 'x');
  };
  expect((await fixed(causes, forbidden)).fields).toEqual(['spec.a']);
  expect((await fixed(causes, crd, 400)).fields).toEqual([]);
});
