import { type Field, quoted } from './field';

const CIPHERS = new Set([
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
]);

const CERTIFICATES = [
  'serverCertificate',
  'privateKey',
  'caCertificates',
  'tlsCertificates',
  'credentialName',
  'credentialNames',
];
const TERMINATES = ['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'];

/** How a server speaks TLS. Source: validation.go, validateTLSOptions. */
export function serverTls(tls: Field): void {
  if (tls.value === undefined) return;
  const mode = tls.at('mode').text || 'PASSTHROUGH';
  ciphers(tls);
  if (mode === 'ISTIO_MUTUAL') {
    for (const k of CERTIFICATES)
      if (said(tls, k))
        tls.at(k).error('stands beside mode "ISTIO_MUTUAL", which uses Istio\'s own certificates: take one of the two out');
    return;
  }
  if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH')
    for (const k of [...CERTIFICATES, 'caCrl'])
      if (said(tls, k)) tls.at(k).warning(`is not used: mode "${mode}" passes TLS on as it is`);
  const sources = [
    ...(said(tls, 'serverCertificate') && said(tls, 'privateKey') ? ['serverCertificate'] : []),
    ...['credentialName', 'credentialNames', 'tlsCertificates'].filter((k) => said(tls, k)),
  ];
  if (sources.length > 1)
    tls
      .at(sources[1]!)
      .error(
        `stands beside "${sources[0]}": certificates come from one of serverCertificate with privateKey, credentialName, credentialNames and tlsCertificates`,
      );
  if (!TERMINATES.includes(mode)) {
    revocations(tls, mode);
    return;
  }
  if (said(tls, 'credentialName') || said(tls, 'credentialNames')) return;
  if (mode !== 'SIMPLE' && !said(tls, 'caCertificates'))
    tls.at('caCertificates').error(`is missing: mode "${mode}" checks clients against it, or against that of a credentialName`);
  certificates(tls, mode);
  revocations(tls, mode);
}

const said = (tls: Field, key: string) => tls.at(key).given && tls.at(key).value !== '';

function certificates(tls: Field, mode: string): void {
  const list = tls.at('tlsCertificates');
  if (list.value?.length > 2) list.warning('has more than two, which are as many as a server can have');
  for (const one of list.given ? list.items() : [tls])
    for (const k of ['serverCertificate', 'privateKey'])
      if (one.at(k).text === '')
        one.at(k).error(`is missing: mode "${mode}" needs a serverCertificate and a privateKey, or a credentialName`);
}

function revocations(tls: Field, mode: string): void {
  const list = tls.at('caCrl');
  if (list.text === '') return;
  if (said(tls, 'credentialName')) list.error('stands beside "credentialName": put it into the Secret, as "ca.crl"');
  if (mode === 'SIMPLE') list.error('is about certificates of clients, which mode "SIMPLE" does not ask for');
}

function ciphers(tls: Field): void {
  const list = tls.at('cipherSuites');
  const least = tls.at('minProtocolVersion');
  if ((least.text === 'TLSV1_0' || least.text === 'TLSV1_1') && !list.given)
    least.warning(`"${least.text}" has no cipher suites unless they are named: add cipherSuites that it can use`);
  const seen = new Set<string>();
  for (const cipher of list.items()) {
    if (!isCipher(cipher.text)) cipher.warning(`"${cipher.text}" is not known, and left out: there are ${quoted([...CIPHERS])}`);
    else if (seen.has(cipher.text)) cipher.warning(`"${cipher.text}" is there twice`);
    seen.add(cipher.text);
  }
}

/** What begins with neither a letter nor a digit is an expression, which is not read. */
const isCipher = (text: string) => text === '' || text === 'ALL' || !/^[A-Za-z0-9\u0080-\uffff]/.test(text) || CIPHERS.has(text);
