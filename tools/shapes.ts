// From schemas to the shapes of objects: what type each field has, nothing else. Equal shapes are written once.
import type { Crd, Schema } from './schema-types';

/** Kinds of Kubernetes whose shapes are written, with their group. */
const KINDS: readonly (readonly [group: string, kind: string])[] = [
  ['', 'Service'],
  ['', 'Pod'],
  ['', 'Namespace'],
  ['', 'ConfigMap'],
  ['', 'Secret'],
  ['', 'ServiceAccount'],
  ['apps', 'Deployment'],
  ['apps', 'StatefulSet'],
  ['apps', 'DaemonSet'],
  ['apps', 'ReplicaSet'],
  ['batch', 'Job'],
  ['batch', 'CronJob'],
];

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}
type Models = Readonly<Record<string, { readonly attributeTypeMap?: readonly Attribute[] } | undefined>>;

/** Fields that hold quantities, for which the API server takes numbers, too. The client's types have them as text. Source: Kubernetes' OpenAPI. */
const QUANTITIES: Readonly<Record<string, readonly string[]>> = {
  V1EmptyDirVolumeSource: ['sizeLimit'],
  V1PodSpec: ['overhead'],
  V1ResourceFieldSelector: ['divisor'],
  V1ResourceRequirements: ['limits', 'requests'],
  V1VolumeResourceRequirements: ['limits', 'requests'],
};

/** The module's text, and how many kinds it knows. `models` are the classes of @kubernetes/client-node. */
export function shapesModule(crds: readonly Crd[], models: Models): { readonly text: string; readonly kinds: number } {
  const rows: string[] = [];
  const byText = new Map<string, number>();
  const row = (text: string): number => {
    const known = byText.get(text);
    if (known !== undefined) return known;
    byText.set(text, rows.length);
    return rows.push(text) - 1;
  };
  const quote = (s: string) => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const fields = (list: readonly (readonly [string, number])[]) =>
    row(`{ fields: { ${list.map(([k, v]) => `${/^[A-Za-z_]\w*$/.test(k) ? k : quote(k)}: ${v}`).join(', ')} } }`);

  const ofSchema = (s: Schema): number => {
    if (s['x-kubernetes-int-or-string']) return row(`'int or text'`);
    if (s.enum) return row(`{ words: [${s.enum.map((e) => quote(String(e))).join(', ')}] }`);
    switch (s.type) {
      case 'string':
        return row(`'text'`);
      case 'integer':
        return row(`'int'`);
      case 'number':
        return row(`'number'`);
      case 'boolean':
        return row(`'flag'`);
      case 'array':
        return row(`{ list: ${ofSchema(s.items!)} }`);
      case 'object':
        if (s.properties) return fields(Object.entries(s.properties).map(([k, v]) => [k, ofSchema(v)] as const));
        return row(`{ map: ${typeof s.additionalProperties === 'object' ? ofSchema(s.additionalProperties) : row(`'any'`)} }`);
      default:
        return row(`'any'`);
    }
  };

  const models$ = new Map<string, number>();
  const ofType = (type: string, format: string): number => {
    const list = /^(?:Array|Set)<(.*)>$/.exec(type);
    if (list) return row(`{ list: ${ofType(list[1]!, format)} }`);
    const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
    if (map) return row(`{ map: ${ofType(map[1]!, format)} }`);
    if (type === 'number') return row(format.startsWith('int') ? `'int'` : `'number'`);
    if (type === 'boolean') return row(`'flag'`);
    if (type === 'IntOrString') return row(`'int or text'`);
    if (type === 'string' || type === 'Date' || type === 'V1MicroTime')
      return row(format === 'quantity' ? `'quantity'` : `'text'`);
    const attributes = models[type]?.attributeTypeMap;
    if (!attributes) return row(`'any'`);
    const known = models$.get(type);
    if (known !== undefined) return known;
    const shape = fields(
      attributes.map(
        (a) => [a.baseName, ofType(a.type, QUANTITIES[type]?.includes(a.baseName) ? 'quantity' : a.format)] as const,
      ),
    );
    models$.set(type, shape);
    return shape;
  };

  const meta = ofType('V1ObjectMeta', '');
  const kinds = [
    ...crds.map((crd) => {
      const newest = crd.spec.versions.find((v) => v.served)!.schema.openAPIV3Schema.properties!;
      return [
        `${crd.spec.group}/${crd.spec.names.kind}`,
        fields([
          ['apiVersion', row(`'text'`)],
          ['kind', row(`'text'`)],
          ['metadata', meta],
          ['spec', ofSchema(newest.spec!)],
          ['status', row(`'any'`)],
        ]),
      ] as const;
    }),
    ...KINDS.map(([group, kind]) => [`${group}/${kind}`, ofType(`V1${kind}`, '')] as const),
  ];
  const text = `${rows.map((r, i) => `  /* ${i} */ ${r},`).join('\n')}`;
  return {
    kinds: kinds.length,
    text: `import type { Shape } from './shape';

/** The metadata of any object, as a shape. */
export const META = ${meta};

/** The shapes of the objects of a kind, by \`group/kind\`. */
export const KINDS: Readonly<Record<string, number>> = {
${kinds.map(([k, n]) => `  '${k}': ${n},`).join('\n')}
};

export const SHAPES: readonly Shape[] = [
${text}
];
`,
  };
}
