import {
  type ApiObject,
  type ApiObjectMetadataDefinition,
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
  try {
    const by = resolvingFor(object);
    const json: Record<string, unknown> = {
      apiVersion: props.apiVersion,
      kind: props.kind,
      metadata: metadata(object.metadata, by),
    };
    for (const key of keysOf(props, by)) {
      if (key === 'apiVersion' || key === 'kind' || key === 'metadata') continue;
      const value = plain(props[key], below(NOWHERE, key, by), by);
      if (value !== undefined) json[key] = value;
    }
    return patches.length === 0 ? json : JsonPatch.apply(json, ...patches);
  } catch (e) {
    throw new Error(`Failed serializing construct at path '${object.node.path}' with name '${object.name}': ${e}`);
  }
}

/** What `ApiObjectMetadataDefinition.toJson` makes of metadata within an object, such as its pods'. */
export const renderMetadata = (of: ApiObjectMetadataDefinition, object: ApiObject): any => metadata(of, resolvingFor(object));

/** The user's resolvers, which cdk8s' own come after. */
interface Resolving {
  readonly object: ApiObject;
  readonly resolvers: readonly IResolver[];
  readonly sorts: boolean;
}

const resolvingFor = (object: ApiObject): Resolving => ({
  object,
  resolvers: resolversOf(App.of(object)),
  sorts: !process.env.CDK8S_DISABLE_SORT,
});

const NOWHERE: readonly string[] = [];
const FEW = 24;
const known = new WeakMap<App, readonly IResolver[]>();

function resolversOf(app: App): readonly IResolver[] {
  const found = known.get(app) ?? app.resolvers.filter((r) => !BUILT_IN.some((b) => r instanceof b));
  known.set(app, found);
  return found;
}

/** The metadata without what is empty. */
function metadata(of: ApiObjectMetadataDefinition, by: Resolving): Record<string, unknown> {
  const own = of as unknown as Record<string, unknown>;
  const more = own._additionalAttributes as Record<string, unknown>;
  const all: Record<string, unknown> = {};
  for (const key in more) all[key] = more[key];
  for (const key in own) if (key !== 'apiObject' && key !== '_additionalAttributes') all[key] = own[key];
  const out: Record<string, unknown> = {};
  for (const key of keysOf(all, by)) {
    const value = plain(all[key], below(NOWHERE, key, by), by);
    if (value !== undefined && !isEmpty(value)) out[key] = value;
  }
  return out;
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object') return false;
  for (const _ in value) return false;
  return true;
}

/** Tokens resolved, keys sorted, nothing of what is undefined or null. */
function plain(value: any, key: readonly string[], by: Resolving): any {
  if (value === null || value === undefined) return undefined;
  if (by.resolvers.length > 0) {
    const context = new ResolutionContext(by.object, [...key], value);
    for (const resolver of by.resolvers) {
      resolver.resolve(context);
      if (context.replaced) return plain(context.replacedValue, key, by);
    }
  }
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((v, i) => plain(v, below(key, i, by), by));
  if (value instanceof Lazy) return plain(value.produce(), key, by);
  if (typeof value.resolve === 'function') return plain(value.resolve(), key, by);
  if (value.constructor === Object) {
    const out: Record<string, unknown> = {};
    for (const k of keysOf(value, by)) {
      const v = plain(value[k], below(key, k, by), by);
      if (v !== undefined) out[k] = v;
    }
    return out;
  }
  // IntOrString, Quantity and their like
  if (typeof value.value === 'number' || typeof value.value === 'string') return value.value;
  throw new Error(`can't render non-simple object of type '${value.constructor?.name}'`);
}

function keysOf(value: object, by: Resolving): readonly string[] {
  const keys = Object.keys(value);
  if (!by.sorts) return keys;
  if (keys.length > FEW) return keys.sort();
  // they are few and often in order: a sort by insertion is done before the engine's own has begun
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!;
    let at = i;
    for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!;
    keys[at] = key;
  }
  return keys;
}

/** The path of a part, for the resolvers that ask. */
const below = (key: readonly string[], part: string | number, by: Resolving) =>
  by.resolvers.length === 0 ? key : [...key, String(part)];
