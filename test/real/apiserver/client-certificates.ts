import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { must } from '../setup/tools';

/** A client certificate and its key, PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

const REMEDY = 'install openssl 1.1.1 or later';
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
/** What the authority keeps of what it has signed; `openssl ca` alone can sign for a time that is over. */
const CONFIG = `[ca]
default_ca = clients
[clients]
database = clients.index
serial = clients.serial
new_certs_dir = .
default_md = sha256
unique_subject = no
policy = names
[names]
O = supplied
CN = supplied
`;

/** Makes an authority for client certificates in a folder, and gives the path of its certificate. */
export async function clientAuthority(folder: string): Promise<string> {
  writeFileSync(path.join(folder, 'clients.cnf'), CONFIG);
  writeFileSync(path.join(folder, 'clients.index'), '');
  writeFileSync(path.join(folder, 'clients.serial'), '01\n');
  const files = ['-keyout', 'clients.key', '-out', 'clients.pem'];
  await openssl(folder, ['req', '-x509', ...KEY, '-days', '2', '-subj', '/CN=clients', ...files]);
  return path.join(folder, 'clients.pem');
}

/** A certificate of the authority in a folder: of a user in a group, good until then. */
export async function clientCertificate(folder: string, group: string, user: string, until: Date): Promise<ClientCertificate> {
  const time = (date: Date) => `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  const from = new Date(until.getTime() - 48 * 3_600_000);
  const by = ['-config', 'clients.cnf', '-cert', 'clients.pem', '-keyfile', 'clients.key'];
  await openssl(folder, ['req', ...KEY, '-subj', `/O=${group}/CN=${user}`, '-keyout', 'client.key', '-out', 'client.csr']);
  const dates = ['-startdate', time(from), '-enddate', time(until)];
  await openssl(folder, ['ca', '-batch', '-notext', ...by, ...dates, '-in', 'client.csr', '-out', 'client.pem']);
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
  return { cert: read('client.pem'), key: read('client.key') };
}

const openssl = (cwd: string, args: readonly string[]): Promise<string> =>
  must('a client certificate', REMEDY, 'openssl', args, { cwd });
