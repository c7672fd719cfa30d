import type { FieldPath } from '../manifests/manifest';
import type { Faults } from './faults';
import { isLabel, isSubdomain, labelProblems } from './metadata-problems';
import { portNumber, portOfContainer, transport } from './port-problems';

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];

/** Source: pkg/apis/core/validation/validation.go, validateService. */
export function serviceProblems(spec: Readonly<Record<string, any>>, faults: Faults): void {
  const { type = 'ClusterIP', ports = [], clusterIP, selector } = spec;
  if (!TYPES.includes(type)) faults.say(['spec', 'type'], `is "${type}", where one of ${TYPES.join(', ')} is wanted`);
  if (ports.length === 0 && clusterIP !== 'None' && type !== 'ExternalName')
    faults.lacks(['spec', 'ports'], 'which are required', 'a Service without ports is headless: clusterIP: None');
  if (type === 'ExternalName') {
    const name = String(spec.externalName ?? '').replace(/\.$/, '');
    if (name === '') faults.lacks(['spec', 'externalName']);
    else if (!isSubdomain(name)) faults.say(['spec', 'externalName'], `is "${name}", which is no DNS name`);
  }
  labelProblems(selector, ['spec', 'selector'], faults);
  for (const [i, port] of ports.entries()) {
    const path: FieldPath = ['spec', 'ports', i];
    if (typeof port !== 'object' || port === null) continue;
    if (port.name) {
      if (isLabel(port.name)) faults.oneOf('name', port.name, [...path, 'name']);
      else
        faults.say(
          [...path, 'name'],
          `is "${port.name}": up to 63 lower-case letters, digits and "-" are allowed, a letter or digit at both ends`,
        );
    } else if (ports.length > 1) faults.lacks([...path, 'name'], 'which is required where a Service has several ports');
    portNumber(port.port, [...path, 'port'], faults);
    // 0 and empty text are the same as the port
    if (port.targetPort) portOfContainer(port.targetPort, [...path, 'targetPort'], faults);
    transport(port.protocol, [...path, 'protocol'], faults);
    const protocol = port.protocol || 'TCP';
    if (port.port) faults.oneOf('port', `${port.port}/${protocol}`, [...path, 'port']);
    if (!port.nodePort) continue;
    if (type === 'ClusterIP') faults.say([...path, 'nodePort'], 'is for Services of type NodePort and LoadBalancer');
    faults.oneOf('node port', `${port.nodePort}/${protocol}`, [...path, 'nodePort']);
  }
}
