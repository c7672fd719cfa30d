import { isMap } from '../values/equal';
import { type FieldTree, type ManagedFields, union } from './managed-fields';

/** Whether the server has a field for text of it that it keeps elsewhere. */
const isSecret = ({ apiVersion, kind }: any): boolean => apiVersion === 'v1' && kind === 'Secret';

/**
 * A Secret as the server keeps it: what it says as text (`stringData`) is `data`, in base64. Others stay as they are. Who applies text
 * owns no data: a key that is left out would stay, and what others own be overwritten without a conflict.
 * Source: kubernetes, pkg/apis/core/v1/conversion.go; tried on 1.36.
 * @param object what is to be applied; values that are no text stay where they are, for the server to refuse
 */
export function withTextAsData<T extends Readonly<Record<string, any>>>(object: T): T {
  if (!isSecret(object) || !isMap(object.stringData)) return object;
  const { stringData, ...rest } = object as any;
  const all = Object.entries(stringData);
  const texts = all.filter((e): e is [string, string] => typeof e[1] === 'string');
  const others = all.filter(([, v]) => typeof v !== 'string');
  const data = { ...rest.data, ...Object.fromEntries(texts.map(([k, v]) => [k, Buffer.from(v, 'utf8').toString('base64')])) };
  return { ...rest, data, ...(others.length > 0 ? { stringData: Object.fromEntries(others) } : {}) };
}

/** Who owns what of a live Secret: who applied a key as text has the data of that key. Others stay as they are. */
export function ownedAsData(live: any): any {
  const writers: readonly ManagedFields[] | undefined = live.metadata.managedFields;
  if (!isSecret(live) || !writers?.some((m) => m.fieldsV1?.[TEXT])) return live;
  return { ...live, metadata: { ...live.metadata, managedFields: writers.map((m) => ({ ...m, fieldsV1: asData(m.fieldsV1) })) } };
}

const TEXT = 'f:stringData';

function asData(tree: FieldTree | undefined): FieldTree | undefined {
  if (!tree?.[TEXT]) return tree;
  const { [TEXT]: text, ...rest } = tree;
  return union([rest, { 'f:data': text }]);
}
