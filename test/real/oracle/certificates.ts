import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { must } from '../setup/tools';

/** A certificate and its key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const DAYS = ['-days', '2'];

/** A mesh's certificate authority, made anew in a folder that is thrown away. */
export class Certificates {
  readonly #folder: string;
  readonly #authority: Promise<void>;
  readonly #pairs = new Map<string, Promise<KeyPair>>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#authority = this.#openssl(
      'req',
      '-x509',
      ...KEY,
      ...DAYS,
      '-subj',
      '/CN=oracle',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    );
    this.#authority.catch(() => {}); // said by whoever awaits it
  }

  /** The authority's own certificate. */
  async authority(): Promise<string> {
    await this.#authority;
    return readFile(path.join(this.#folder, 'ca.pem'), 'utf8');
  }

  /** The certificate of a workload, with `spiffe://<principal>` as its name. */
  workload(principal: string): Promise<KeyPair> {
    let pair = this.#pairs.get(principal);
    if (!pair) {
      pair = this.#sign(`w${this.#pairs.size}`, principal);
      this.#pairs.set(principal, pair);
    }
    return pair;
  }

  async #sign(name: string, principal: string): Promise<KeyPair> {
    await this.#authority;
    const serial = `0x${(this.#pairs.size + 1).toString(16)}`;
    await writeFile(path.join(this.#folder, `${name}.ext`), `subjectAltName=critical,URI:spiffe://${principal}\n`);
    await this.#openssl('req', ...KEY, '-subj', '/', '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', serial];
    await this.#openssl('x509', '-req', '-in', `${name}.csr`, ...by, ...DAYS, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    const read = (file: string) => readFile(path.join(this.#folder, file), 'utf8');
    return { cert: await read(`${name}.pem`), key: await read(`${name}.key`) };
  }

  async #openssl(...args: string[]): Promise<void> {
    await must('certificates of the oracle', 'install openssl 1.1.1 or later', 'openssl', args, { cwd: this.#folder });
  }
}
