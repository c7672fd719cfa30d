import { accountName, dnsLabel, text } from '../values/names';
import { checkProperties, oneOf, type Properties } from '../values/properties';
import type { GatewayTls } from './gateway-servers';
import type { IngressGatewayProps } from './ingress-gateway';
import { GATEWAY_WORKLOAD, type GatewayWorkload } from './mesh';
import { checkPodLabels } from './pod-labels';

const PROPERTIES: Properties<IngressGatewayProps> = {
  name: 'text?',
  hosts: 'list',
  port: 'number?',
  tlsPort: 'number?',
  tls: 'map?',
  certificate: 'map?',
  workload: 'map?',
  deploy: 'boolean?',
};

/** Checks what no type can say, or nobody's compiler looked at. */
export function checkGateway(props: IngressGatewayProps, where: string): void {
  checkProperties(props, PROPERTIES, where);
  if (props.tls) {
    const tls: Properties<GatewayTls> = { mode: 'text?', credentialName: 'text', redirectHttp: 'boolean?' };
    checkProperties(props.tls, tls, `tls of ${where}`);
    if (props.tls.mode !== undefined) oneOf(props.tls.mode, ['simple', 'mutual'], `tls.mode of ${where}`);
    text(props.tls.credentialName, `tls.credentialName of ${where}`);
  }
  if (props.certificate) {
    checkProperties(props.certificate, { issuer: 'text', kind: 'text?' }, `certificate of ${where}`);
    if (props.certificate.kind !== undefined)
      oneOf(props.certificate.kind, ['Issuer', 'ClusterIssuer'], `certificate.kind of ${where}`);
  }
  if (props.workload) checkWorkload(props.workload, GATEWAY_WORKLOAD, where);
}

/** Checks what is said about a gateway's pods that exist already. */
export function checkWorkload<W extends GatewayWorkload>(workload: W, properties: Properties<W>, where: string): void {
  checkProperties(workload, properties, `workload of ${where}`);
  const { namespace, labels, serviceAccount } = workload;
  if (namespace !== undefined) dnsLabel(namespace, `workload.namespace of ${where}`);
  if (serviceAccount !== undefined) accountName(serviceAccount, `workload.serviceAccount of ${where}`);
  checkPodLabels(labels, `workload.labels of ${where}`);
}
