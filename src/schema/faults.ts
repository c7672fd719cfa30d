import type { FieldPath } from '../manifests/manifest';
import type { SchemaProblem } from './problem';

/** What is wrong about an object, as it is found. */
export class Faults {
  readonly list: SchemaProblem[] = [];
  private readonly once = new Set<string>();

  constructor(private readonly object: Readonly<Record<string, any>>) {}

  /** A field is wrong: `is 70000, where 1 to 65535 is wanted`. */
  say(path: FieldPath, message: string, hint?: string): void {
    this.list.push({ path, message, ...(hint !== undefined && { hint }) });
  }

  /**
   * A field is not there; it is told of what is written of the way to it.
   * @param required why it has to be
   */
  lacks(path: FieldPath, required = 'which is required', hint?: string): void {
    let [value, length]: [any, number] = [this.object, 0];
    while (length < path.length - 1 && value?.[path[length]!] !== undefined) value = value[path[length++]!];
    this.say(path.slice(0, length), `has no ${path.slice(length).join('.')}, ${required}`, hint);
  }

  /**
   * A value that may be there once, such as a name in a list.
   * @param what what the value is, and of what: values of other things may be the same
   */
  oneOf(what: string, value: string, path: FieldPath): void {
    const key = `${what} ${value}`;
    if (this.once.has(key)) this.say(path, `is ${JSON.stringify(value)}, as another one is: it may be there once`);
    this.once.add(key);
  }
}
