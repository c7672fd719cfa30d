import { FAILSAFE_SCHEMA, load, Type } from 'js-yaml';
import { SCALARS, type Scalar } from './scalars';
import { usualValue } from './usual';

/** What may be something else than text begins like this; null has no letters at all. */
const MAY_BE_MORE = /^(?:[-+.0-9~nNyYtTfFoO]|$)/;

const scalarOf = (text: string): Scalar | undefined =>
  MAY_BE_MORE.test(text) ? SCALARS.find((t) => t.test.test(text)) : undefined;

const PLAIN = new Type('tag:yaml.org,2002:plain', {
  kind: 'scalar',
  resolve: (text: string | null) => text === null || scalarOf(text) !== undefined,
  construct: (text: string | null) => (text === null ? null : scalarOf(text)!.value(text)),
});
const SCHEMA = FAILSAFE_SCHEMA.extend({ implicit: [PLAIN] });

/** The value of a document, or of a part of one, by a reader of all of YAML. */
const loaded = (text: string): unknown => load(text, { schema: SCHEMA });

const plain = (text: string): unknown => {
  const scalar = scalarOf(text);
  return scalar ? scalar.value(text) : text;
};

/**
 * The value of one document by a reader that knows no places, and takes a fraction of the time; nothing where it has
 * something rare in it or is wrong, which the other reader tells with its place.
 */
export function quickValue(given: string): { readonly value: unknown } | undefined {
  // lines that end as on Windows do mean the same
  const text = given.includes('\r') ? given.replaceAll('\r\n', '\n') : given;
  try {
    const usual = usualValue(text, { plain, loaded });
    return usual === 'rare' ? undefined : usual === 'unsure' ? { value: loaded(text) } : usual;
  } catch (e) {
    // along a line that is too long: nobody gets to its end
    if (e instanceof RangeError) throw e;
    return undefined;
  }
}
