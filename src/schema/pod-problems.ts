import type { FieldPath } from '../manifests/manifest';
import type { Faults } from './faults';
import { isLabel, isSubdomain, labelProblems } from './metadata-problems';
import { portNumber, portOfContainer, transport } from './port-problems';

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];

/**
 * A template of pods: labels, containers, their ports and probes.
 * @param path where the template is, within what the API server requires
 * Source: pkg/apis/core/validation/validation.go, ValidatePodTemplateSpec.
 */
export function templateProblems(template: Readonly<Record<string, any>> | undefined, path: FieldPath, faults: Faults): void {
  labelProblems(template?.metadata?.labels, [...path, 'metadata', 'labels'], faults);
  podProblems(template?.spec, [...path, 'spec'], faults);
}

/** What pods run. Source: pkg/apis/core/validation/validation.go, ValidatePodSpec. */
export function podProblems(spec: Readonly<Record<string, any>> | undefined, path: FieldPath, faults: Faults): void {
  const { containers = [], initContainers = [], serviceAccountName } = spec ?? {};
  if (containers.length === 0) faults.lacks([...path, 'containers'], 'which are required');
  if (serviceAccountName && !isSubdomain(serviceAccountName))
    faults.say([...path, 'serviceAccountName'], `is "${serviceAccountName}", which is no name of a ServiceAccount`);
  for (const [field, list] of Object.entries({ containers, initContainers }))
    for (const [i, container] of (list as readonly any[]).entries())
      if (typeof container === 'object' && container !== null) containerProblems(container, [...path, field, i], faults);
}

function containerProblems(container: Readonly<Record<string, any>>, path: FieldPath, faults: Faults): void {
  const { name, image, ports = [], env = [] } = container;
  if (!name) faults.lacks([...path, 'name']);
  else if (isLabel(name)) faults.oneOf('container', name, [...path, 'name']);
  else
    faults.say(
      [...path, 'name'],
      `is "${name}": up to 63 lower-case letters, digits and "-" are allowed, a letter or digit at both ends`,
    );
  if (!image) faults.lacks([...path, 'image']);
  for (const [i, port] of ports.entries()) {
    if (typeof port !== 'object' || port === null) continue;
    const at: FieldPath = [...path, 'ports', i];
    portNumber(port.containerPort, [...at, 'containerPort'], faults);
    transport(port.protocol, [...at, 'protocol'], faults);
    if (!port.name) continue;
    portOfContainer(port.name, [...at, 'name'], faults);
    faults.oneOf(`port of ${path.join('.')}`, port.name, [...at, 'name']);
  }
  for (const [i, variable] of env.entries()) if (variable && !variable.name) faults.lacks([...path, 'env', i, 'name']);
  for (const field of PROBES) if (container[field]) probeProblems(container[field], [...path, field], faults);
}

function probeProblems(probe: Readonly<Record<string, any>>, path: FieldPath, faults: Faults): void {
  const handlers = HANDLERS.filter((h) => probe[h] !== undefined);
  if (handlers.length !== 1)
    faults.say(
      path,
      handlers.length === 0
        ? `has none of ${HANDLERS.join(', ')}, of which one is required`
        : `has ${handlers.join(' and ')}, of which one may be set`,
    );
  for (const handler of ['httpGet', 'tcpSocket']) {
    const { port } = probe[handler] ?? {};
    if (probe[handler] !== undefined && port === undefined) faults.lacks([...path, handler, 'port']);
    else portOfContainer(port, [...path, handler, 'port'], faults);
  }
}
