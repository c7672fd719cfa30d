/** A word as it is written on a command line: in single quotes, where a shell would make something else of it. */
export const shellWord = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
