import { shellWord } from '../values/shell-word';

/** What a command line says again for the same files: ` -n shop dist`. */
export const sameFiles = ({
  path,
  namespace,
}: {
  readonly path: readonly string[];
  readonly namespace?: string | undefined;
}): string => [...(namespace === undefined ? [] : ['-n', namespace]), ...path].map((x) => ` ${shellWord(x)}`).join('');
