// From a CRD's schema to a validator: ajv writes its code ahead of time, so that nothing is compiled when a manifest is checked.
import Ajv, { _, type KeywordCxt, stringify } from 'ajv';
import standaloneCode from 'ajv/dist/standalone';
import type { Schema } from './schema-types';

/** Keywords that mean the same to ajv as to the API server. */
const SAME = new Set([
  'type',
  'enum',
  'required',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'pattern',
]);
/** For people, or read together with another keyword. */
const SKIPPED = new Set(['description', 'nullable', 'x-kubernetes-list-map-keys']);
const INT32 = 2 ** 31;
/** The last number below 2^63 that JavaScript has. What is larger is no whole number to the API server. */
const INT64 = 2 ** 63 - 1024;
const FORMATS = new Set(['int32', 'double', 'byte']);

type Json = Record<string, unknown>;

/**
 * The module of a kind: `validate` and `LATER` (see `imports/schemas/schema.ts`). Equal parts of the schema become one function.
 * Fields that are not known are not its matter: `imports/shapes.ts` has the names of all.
 * Throws on a keyword that it does not know: a rule that is not understood must not be left out in silence.
 */
export function kindSchemaModule(spec: Schema): string {
  const later: string[] = [];
  const definitions: Record<string, Json> = {};
  const names = new Map<string, string>();
  const ask = (what: Json): number => {
    const text = JSON.stringify(what);
    return later.includes(text) ? later.indexOf(text) : later.push(text) - 1;
  };

  const shared = (schema: Schema): Json => {
    const own = convert(schema);
    if (!own.properties && !own.items && !own.additionalProperties) return own;
    const text = JSON.stringify(own);
    const name = names.get(text) ?? `d${names.size}`;
    names.set(text, name);
    definitions[name] = own;
    return { $ref: `#/definitions/${name}` };
  };

  const convert = (schema: Schema): Json => {
    const out: Json = {};
    const asked: number[] = [];
    const groups: string[][] = [];
    for (const [key, value] of Object.entries(schema) as [string, any][]) {
      if (SAME.has(key)) out[key] ??= value;
      else if (SKIPPED.has(key)) continue;
      else if (key === 'properties') {
        out.properties = Object.fromEntries(Object.entries(value as Record<string, Schema>).map(([k, v]) => [k, shared(v)]));
      } else if (key === 'x-kubernetes-preserve-unknown-fields' && !schema.properties) continue;
      else if (key === 'items') out.items = shared(value);
      else if (key === 'additionalProperties') out.additionalProperties = typeof value === 'object' ? shared(value) : value;
      else if (key === 'oneOf') groups.push(alternatives(schema));
      else if (key === 'allOf') groups.push(...(value as Schema[]).map(alternatives));
      else if (key === 'x-kubernetes-validations')
        asked.push(...(value as { rule: string; message: string }[]).map(({ rule, message }) => ask({ rule, message })));
      else if (key === 'x-kubernetes-list-type' && value === 'map')
        asked.push(ask({ keys: schema['x-kubernetes-list-map-keys'] }));
      else if (key === 'format' && FORMATS.has(value)) {
        if (value === 'byte') out.pattern = BYTE;
        if (value === 'int32') {
          out.minimum = Math.max(schema.minimum ?? -INT32, -INT32);
          out.maximum = Math.min(schema.maximum ?? INT32, INT32 - 1);
        }
      } else throw new Error(`the CRDs have ${key}: ${JSON.stringify(value)}, which tools/kind-schema.ts does not know`);
    }
    if (schema.type === 'integer' && schema.format !== 'int32') {
      out.minimum ??= -INT64;
      out.maximum ??= INT64;
    }
    if (schema.nullable) out.type = [out.type, 'null'];
    if (groups.length > 0) out.atMostOne = groups;
    if (asked.length > 0) out.later = asked;
    return out;
  };

  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    inlineRefs: false,
    allowUnionTypes: true,
    code: { source: true, lines: true, esm: true },
  });
  ajv.addKeyword({
    keyword: 'atMostOne',
    type: 'object',
    schemaType: 'array',
    error: { message: '', params: ({ params }) => _`{fields: ${params.fields}}` },
    code(cxt: KeywordCxt) {
      for (const fields of cxt.schema as string[][]) {
        const count = fields.map((f) => _`+(${cxt.data}[${f}] !== undefined)`).reduce((a, b) => _`${a} ${b}`);
        cxt.setParams({ fields: stringify(fields) });
        cxt.gen.if(_`${count} > 1`, () => cxt.error());
      }
    },
  });
  ajv.addKeyword({
    keyword: 'later',
    schemaType: 'array',
    error: { message: '', params: ({ schema }) => _`{asked: ${stringify(schema)}}` },
    code: (cxt: KeywordCxt) => cxt.error(),
  });
  const root = shared(spec);
  const code = standaloneCode(ajv, ajv.compile({ ...root, definitions }))
    .replace('"use strict";\n', '')
    .replace(/^export default .*$/m, '')
    .replace(/const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;/, 'const $1 = characters;');
  if (code.includes('require(')) throw new Error('the validators would need a part of ajv at run time');
  return `import { characters } from './schema';\n\nexport const LATER = [\n${later.map((l) => `  ${l},\n`).join('')}];\n${code}`;
}

/** RFC 4648, as Go reads it: padded. */
const BYTE = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';

/** The fields of which at most one may be set: the one way in which Istio's CRDs use `oneOf`. */
function alternatives({ oneOf }: Schema): string[] {
  const [none, ...each] = oneOf ?? [];
  const fields = each.map((s) => s.required?.[0] ?? '');
  const wanted = [{ not: { anyOf: fields.map((f) => ({ required: [f] })) } }, ...fields.map((f) => ({ required: [f] }))];
  if (none === undefined || JSON.stringify(oneOf) !== JSON.stringify(wanted))
    throw new Error(`the CRDs have oneOf: ${JSON.stringify(oneOf)}, which tools/kind-schema.ts does not know`);
  return fields;
}
