import type { Field } from './field';

const CONFIG_MAP = 'configmap://';

/** How a client speaks TLS. Source: agent/validation.go, ValidateTLS. */
export function clientTls(tls: Field, namespace: string): void {
  if (tls.value === undefined) return;
  const { text: mode } = tls.at('mode');
  const credential = tls.at('credentialName');
  if (credential.text.startsWith(CONFIG_MAP)) configMap(credential, namespace);
  if (tls.get('insecureSkipVerify') === true) {
    const checks = ['caCertificates', 'subjectAltNames', ...(mode === 'SIMPLE' ? ['credentialName'] : [])];
    if (mode === 'SIMPLE' || mode === 'MUTUAL')
      for (const k of checks)
        if (tls.at(k).given && tls.at(k).value !== '')
          tls
            .at(k)
            .error('is what the server is checked against, which "insecureSkipVerify: true" leaves out: take one of the two out');
  }
  if ((mode === 'SIMPLE' || mode === 'MUTUAL') && credential.text !== '') {
    for (const k of ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'])
      if (tls.at(k).text !== '')
        tls.at(k).error('stands beside "credentialName", which has all certificates: take one of the two out');
    return;
  }
  if (mode === 'MUTUAL')
    for (const k of ['clientCertificate', 'privateKey'])
      if (tls.at(k).text === '')
        tls.at(k).error('is missing: mode "MUTUAL" needs a clientCertificate and a privateKey, or a credentialName');
}

/** Source: pilot/pkg/model/credentials, ParseResourceName. */
function configMap(credential: Field, namespace: string): void {
  const [of, name] = credential.text.slice(CONFIG_MAP.length).split('/');
  if (!of || !name) credential.error(`"${credential.text}" is no ConfigMap: write "configmap://<namespace>/<name>"`);
  else if (of !== namespace) credential.error(`"${credential.text}" is of another namespace: it has to be of "${namespace}"`);
}
