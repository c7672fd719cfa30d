import { ApiError, type Cause } from '../../cluster/api-error';
import type { Resource } from '../../cluster/discovery';
import type { Cluster } from '../../cluster/transport';

/** A rule of a CustomResourceDefinition that compares an object with what it was, and so says nothing of one that is made anew. */
interface TransitionRule {
  /** Of the field that has it, items of lists and keys of maps as `[]`: `spec.ports[].name`. */
  readonly field: string;
  /** What the server says where it is broken; nothing where that is worked out with the values. */
  readonly message: string | undefined;
}

/**
 * Of what the server refuses, what it refuses by such a rule. Its words tell where a rule has no message of its own
 * (`failed rule: self == oldSelf`); else the kind's definition is asked, where one may read it.
 */
export async function transitionCauses(
  cluster: Cluster,
  { group, version, plural }: Resource,
  { status, causes }: ApiError,
): Promise<readonly Cause[]> {
  if (status !== 422 || !group.includes('.')) return [];
  const told = causes.filter((c) => FAILED.test(c.message));
  if (told.length === causes.length) return told;
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${group}`;
  const what = `CustomResourceDefinition/${plural}.${group}`;
  try {
    const { body } = await cluster.send({ method: 'GET', path, what });
    const schema = (body as any).spec?.versions?.find((v: any) => v.name === version)?.schema?.openAPIV3Schema;
    const rules = schema ? [...rulesOf(schema, '')] : [];
    return causes.filter((c) => told.includes(c) || rules.some((r) => isBy(r, c)));
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    return told;
  }
}

/** Source: k8s.io/apiextensions-apiserver, pkg/apiserver/schema/cel/validation.go, ruleMessageOrDefault. */
const FAILED = /failed rule: .*\boldSelf\b/s;

function isBy({ field, message }: TransitionRule, cause: Cause): boolean {
  if (message !== undefined) return cause.message === message || cause.message.endsWith(`: ${message}`);
  if (/failed rule: /.test(cause.message)) return false;
  const at = (cause.field ?? '').replace(/^<nil>$/, '').replace(/\[[^\]]*\]/g, '[]');
  return at === field || (field !== '' && (at.startsWith(`${field}.`) || at.startsWith(`${field}[`)));
}

/** The rules of a schema that name what was before, those within it too. Source: CustomResourceDefinition v1, JSONSchemaProps. */
function* rulesOf(schema: any, field: string): Iterable<TransitionRule> {
  for (const r of schema['x-kubernetes-validations'] ?? []) {
    if (!/\boldSelf\b/.test(r.rule)) continue;
    const message = r.message?.trim() || `failed rule: ${r.rule.trim()}`;
    yield { field, message };
    if (r.messageExpression) yield { field: `${field}${r.fieldPath ?? ''}`.replace(/^\./, ''), message: undefined };
  }
  for (const [name, within] of Object.entries(schema.properties ?? {}))
    yield* rulesOf(within, field === '' ? name : `${field}.${name}`);
  for (const each of [schema.items, schema.additionalProperties])
    if (typeof each === 'object' && each !== null) yield* rulesOf(each, `${field}[]`);
}
