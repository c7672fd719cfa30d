import type { Field } from './field';
import { isIp } from './ip';
import { labels } from './labels';
import { isUnix, label, portNumber, unixPath, wrongName } from './names';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateWorkloadEntry. */
export function workloadEntry({ spec }: Validated): void {
  endpoint(spec);
}

/**
 * Where something runs. Source: validation.go, validateWorkloadEntry.
 * @param ports names of the ServiceEntry's ports, where the endpoint is in one with STATIC resolution: no host's name can be there
 */
export function endpoint(entry: Field, ports?: ReadonlySet<string>): void {
  const address = entry.at('address');
  const { text } = address;
  if (text === '') {
    const network = entry.at('network').text;
    if (network === '') {
      address.error('is missing: say an IP address, a host, or a socket as "unix:///…"');
      return;
    }
    address.warning(`is missing, so connections go to the gateway of network "${network}"`);
  }
  const unix = isUnix(text);
  if (unix) {
    unixPath(address);
    if (Object.keys(entry.at('ports').value ?? {}).length > 0)
      entry.at('ports').error('stand beside a socket, which has none: take them out');
  } else if (text !== '' && !isIp(text)) {
    if (ports) address.error(`"${text}" is no IP address, which resolution STATIC needs: for a host's name it has to be DNS`);
    else if (wrongName(text) !== undefined) address.error(`"${text}" is neither an IP address nor the full name of a host`);
  }
  endpointPorts(entry.at('ports'), ports);
  labels(entry.at('labels'));
  if (unix && ports && ports.size !== 1) address.error('is a socket, for which the ServiceEntry needs exactly one port');
}

/** Ports by the names that the ServiceEntry gives them. */
export function endpointPorts(field: Field, known?: ReadonlySet<string>): void {
  for (const port of field.entries()) {
    if (known && !known.has(port.key)) port.error(`"${port.key}" is none of the ServiceEntry's ports`);
    label(port, port.key);
    portNumber(port);
  }
}
