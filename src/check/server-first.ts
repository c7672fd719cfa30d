/** What servers speak that greet first, and client programs that wait for it; by the port that each usually has. */
const BY_PORT: Readonly<Record<number, string>> = {
  21: 'FTP',
  22: 'SSH',
  23: 'Telnet',
  25: 'SMTP',
  110: 'POP3',
  119: 'NNTP',
  143: 'IMAP',
  587: 'SMTP',
  3306: 'MySQL',
  5900: 'VNC',
};
const BY_NAME: Readonly<Record<string, string>> = {
  ftp: 'FTP',
  ssh: 'SSH',
  sftp: 'SSH',
  telnet: 'Telnet',
  smtp: 'SMTP',
  submission: 'SMTP',
  pop3: 'POP3',
  nntp: 'NNTP',
  imap: 'IMAP',
  mysql: 'MySQL',
  mariadb: 'MySQL',
  vnc: 'VNC',
};

/** Others that are no HTTP, and whose ports people name for them. */
const NO_HTTP = ['amqp', 'cassandra', 'cql', 'etcd', 'kafka', 'ldap', 'memcache', 'memcached', 'mqtt', 'nats', 'postgres'].concat(
  'postgresql psql rabbitmq stomp zookeeper'.split(' '),
);

const words = (name: string | undefined): string[] => (name ?? '').toLowerCase().split('-');

/** What a port speaks whose server speaks first, by what it is called and where it leads; nothing where that is not known. */
export function serverFirst(name: string | undefined, ...numbers: readonly unknown[]): string | undefined {
  for (const w of words(name)) if (Object.hasOwn(BY_NAME, w)) return BY_NAME[w];
  for (const n of numbers) {
    if (typeof n === 'number' && Object.hasOwn(BY_PORT, n)) return BY_PORT[n];
    if (typeof n === 'string' && Object.hasOwn(BY_NAME, n)) return BY_NAME[n];
  }
  return undefined;
}

/** Whether people call a port so that takes no HTTP. */
export const namesNoHttp = (name: string | undefined): boolean => words(name).some((w) => NO_HTTP.includes(w));
