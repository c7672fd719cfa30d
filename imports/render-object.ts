import {
  type ApiObject,
  App,
  ImplicitTokenResolver,
  type IResolver,
  JsonPatch,
  Lazy,
  LazyResolver,
  NumberStringUnionResolver,
  ResolutionContext,
} from 'cdk8s';

const BUILT_IN = [LazyResolver, ImplicitTokenResolver, NumberStringUnionResolver];

/**
 * What `ApiObject.toJson` makes, in one walk: cdk8s asks every resolver of the app about every value, and copies it all
 * again to sort it. JSON patches are applied, and fields that no type knows are kept.
 * Source of the rule: cdk8s-core's api-object.ts, resolve.ts and _util.ts.
 * @throws where a value is an instance of a class that is no token
 */
export function renderObject(object: ApiObject): any {
  const { props, patches } = object as unknown as { props: Record<string, unknown>; patches: readonly JsonPatch[] };
  const resolvers = App.of(object).resolvers.filter((r) => !BUILT_IN.some((b) => r instanceof b));
  try {
    const { apiVersion, kind, metadata: _, ...rest } = props;
    const by: Resolving = { object, resolvers, sorts: !process.env.CDK8S_DISABLE_SORT };
    const json = { apiVersion, kind, metadata: metadata(object, by), ...plain(rest, [], by) };
    return patches.length === 0 ? json : JsonPatch.apply(json, ...patches);
  } catch (e) {
    throw new Error(`Failed serializing construct at path '${object.node.path}' with name '${object.name}': ${e}`);
  }
}

/** The user's resolvers, which cdk8s' own come after. */
interface Resolving {
  readonly object: ApiObject;
  readonly resolvers: readonly IResolver[];
  readonly sorts: boolean;
}

/** The metadata without what is empty. */
function metadata(object: ApiObject, by: Resolving): Record<string, unknown> {
  const { apiObject: _, _additionalAttributes: more, ...own } = object.metadata as unknown as Record<string, any>;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(plain({ ...more, ...own }, [], by))) if (!isEmpty(value)) out[key] = value;
  return out;
}

const isEmpty = (value: unknown) => typeof value === 'object' && Object.keys(value!).length === 0;

/** Tokens resolved, keys sorted, nothing of what is undefined or null. */
function plain(value: any, key: readonly string[], by: Resolving): any {
  if (value === null || value === undefined) return undefined;
  for (const resolver of by.resolvers) {
    const context = new ResolutionContext(by.object, [...key], value);
    resolver.resolve(context);
    if (context.replaced) return plain(context.replacedValue, key, by);
  }
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((v, i) => plain(v, below(key, i, by), by));
  if (value instanceof Lazy) return plain(value.produce(), key, by);
  if (typeof value.resolve === 'function') return plain(value.resolve(), key, by);
  if (value.constructor === Object) {
    const out: Record<string, unknown> = {};
    const keys = Object.keys(value);
    for (const k of by.sorts ? keys.sort() : keys) {
      const v = plain(value[k], below(key, k, by), by);
      if (v !== undefined) out[k] = v;
    }
    return out;
  }
  // IntOrString, Quantity and their like
  if (typeof value.value === 'number' || typeof value.value === 'string') return value.value;
  throw new Error(`can't render non-simple object of type '${value.constructor?.name}'`);
}

/** The path of a part, for the resolvers that ask. */
const below = (key: readonly string[], part: string | number, by: Resolving) =>
  by.resolvers.length === 0 ? key : [...key, String(part)];
