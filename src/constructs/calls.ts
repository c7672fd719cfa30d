import { findSourceMap, type SourceMapping } from 'node:module';

/**
 * The calls of an error's stack, the latest first, without the text that `stack` is: to write it, Node and those who
 * transpile in passing (tsx, ts-node) look each of the calls up in the maps to the sources. Once for an error.
 */
export function callsOf(error: Error): readonly NodeJS.CallSite[] {
  const writer = Error.prepareStackTrace;
  Error.prepareStackTrace = (_, calls) => calls; // the engine asks it when the stack is first read
  try {
    const calls: unknown = error.stack;
    return Array.isArray(calls) ? calls : [];
  } finally {
    Error.prepareStackTrace = writer;
  }
}

/** Where a call stands in the code as it runs, as `file:line:column`. */
export const placeOf = (call: NodeJS.CallSite): string =>
  `${call.getFileName()}:${call.getLineNumber()}:${call.getColumnNumber()}`;

/** The call as a line of a stack says it: in the sources, where there is a map to them. */
export function inSources(call: NodeJS.CallSite): string {
  const map = findSourceMap(call.getFileName() ?? '');
  // without fields where the map does not know the place
  const entry: Partial<SourceMapping> = map?.findEntry(call.getLineNumber()! - 1, call.getColumnNumber()! - 1) ?? {};
  if (entry.originalSource) return `${entry.originalSource}:${entry.originalLine! + 1}:${entry.originalColumn! + 1}`;
  const text: unknown = Error.prepareStackTrace?.(new Error(), [call]);
  return typeof text === 'string' ? text.split('\n').at(-1)! : placeOf(call);
}
