import { re2 } from '../routing/string-match';

const LONGEST = 1024; // Source: `validateStringRegexp` in pkg/config/validation/validation.go

/**
 * Throws unless the text is a regex that Istio takes: RE2, and not too long.
 * @param where said before the error: `an origin in cors of route to "shop"`
 */
export function checkRegex(pattern: string, where?: string): string {
  const place = where === undefined ? '' : `${where}: `;
  if (pattern.length > LONGEST)
    throw new Error(
      `${place}regex "${pattern.slice(0, 40)}…" has ${pattern.length} characters: Istio takes ${LONGEST}, so say it in fewer`,
    );
  try {
    re2(pattern);
  } catch (e) {
    throw new Error(`${place}${(e as Error).message}`);
  }
  return pattern;
}
