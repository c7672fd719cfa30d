import { sep } from 'node:path';

/** A path as it is written everywhere, and on Windows, too: with slashes. */
export const slashed = (path: string): string => path.split(sep).join('/');
