import type { Field } from './field';
import { plainHeader } from './header-names';
import { labels } from './labels';
import { portNumber } from './names';
import type { Validated } from './validated';

const COUNTS = ['periodSeconds', 'initialDelaySeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold'];

/** Source: pkg/config/validation/validation.go, ValidateWorkloadGroup: its template is not looked at. */
export function workloadGroup({ spec }: Validated): void {
  if (spec.at('template').value === undefined) {
    spec.at('template').error('is missing: it is what each WorkloadEntry is made from ("{}" at least)');
    return;
  }
  const before = spec.errors;
  labels(spec.at('metadata').at('labels'));
  if (spec.errors === before && spec.at('probe').value !== undefined) probe(spec.at('probe'));
}

/** Source: validation.go, validateReadinessProbe. */
function probe(field: Field): void {
  for (const k of COUNTS) if (field.at(k).number < 0) field.at(k).error(`${field.at(k).number} is below 0`);
  // of several, the last one counts
  const [http, tcp, exec, grpc] = ['httpGet', 'tcpSocket', 'exec', 'grpc'].map((k) => field.at(k)) as [
    Field,
    Field,
    Field,
    Field,
  ];
  if (grpc.value !== undefined) grpc.error('is not there yet in Istio: say httpGet, tcpSocket or exec');
  else if (exec.value !== undefined) {
    if (!exec.at('command').given) exec.at('command').error('is missing: say what is run');
  } else if (tcp.value !== undefined) portNumber(tcp.at('port'));
  else if (http.value !== undefined) httpProbe(http);
  else field.error('does nothing: it needs httpGet, tcpSocket or exec');
}

function httpProbe(http: Field): void {
  portNumber(http.at('port'));
  const scheme = http.at('scheme');
  if (!['', 'HTTP', 'HTTPS'].includes(scheme.text)) scheme.error(`"${scheme.text}" is neither "HTTP" nor "HTTPS"`);
  for (const header of http.at('httpHeaders').items()) plainHeader(header.at('name'), false);
}
