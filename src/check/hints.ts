import { didYouMean, quoted } from '../values/names';

/** What could stand there instead: `did you mean "v2"? there are "v1", "v2"`; empty when there is nothing. */
export function candidates(given: string, names: Iterable<string>): string {
  const known = [...new Set(names)].sort();
  if (known.length === 0) return '';
  const near = didYouMean(given, known).replace(/^ \(|\)$/g, '');
  if (known.length === 1) return near ? `${near} it is the only one` : `there is only ${quoted(known)}`;
  const shown = known.length > 8 ? `${quoted(known.slice(0, 8))} and ${known.length - 8} more` : quoted(known);
  return `${near ? `${near} ` : ''}there are ${shown}`;
}
