import type { FieldPath } from '../manifests/manifest';
import type { Faults } from './faults';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

/** A port's number. Source: apimachinery, IsValidPortNum. */
export function portNumber(value: unknown, path: FieldPath, faults: Faults): void {
  if (value === undefined || value === 0) faults.lacks(path);
  else if (typeof value === 'number' && (value < 1 || value > 65_535))
    faults.say(path, `is ${value}, where 1 to 65535 is wanted`);
}

/** A port of a container, by its number or its name. Source: apimachinery, IsValidPortName. */
export function portOfContainer(value: unknown, path: FieldPath, faults: Faults): void {
  if (typeof value === 'number') portNumber(value, path, faults);
  else if (typeof value === 'string' && !isPortName(value))
    faults.say(
      path,
      `is "${value}": a name of a port has 15 lower-case letters, digits and single "-" at most, and a letter`,
      /^\d+$/.test(value) ? 'write the number without quotes' : undefined,
    );
}

const isPortName = (name: string): boolean => name.length <= 15 && /[a-z]/.test(name) && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);

/** What is carried on a port; TCP, where nothing is said. */
export function transport(value: unknown, path: FieldPath, faults: Faults): void {
  if (typeof value === 'string' && value !== '' && !PROTOCOLS.includes(value))
    faults.say(
      path,
      `is "${value}", where one of ${PROTOCOLS.join(', ')} is wanted`,
      PROTOCOLS.includes(value.toUpperCase())
        ? `did you mean "${value.toUpperCase()}"?`
        : 'what is spoken on it is said by the name of the port, or by appProtocol',
    );
}
