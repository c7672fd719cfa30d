import type { Summary } from '../../synth/summary';
import { didYouMean } from '../../values/names';
import { renderLadder, short } from '../ladder';
import { EXIT, Failure, print, printJson, reportFinding } from '../output';
import { readConfig, runApp } from '../run-app';

type Host = Summary['hosts'][number];

/** `mesh precedence HOST`: runs the app as synth does, and writes nothing. */
export async function precedence(args: { host: string; app?: string | undefined; json: boolean }): Promise<number> {
  const apps = await runApp(readConfig({ app: args.app }), { write: false });
  const hosts = apps.flatMap((a) => a.hosts);
  const plain = apps
    .flatMap((a) => a.services.map((s) => `${s.name}.${s.namespace}`))
    .filter((n) => !hosts.some((h) => short(h.host) === n));
  const found = choose(args.host, [
    ...hosts.map((h) => ({ name: short(h.host), names: namesOf(h), host: h })),
    ...plain.map((name) => ({ name, names: [name, `${name}.svc`], host: undefined })),
  ]);
  const ladders = found.flatMap((f) => f.host ?? []);
  const about = new Set(ladders.map((h) => h.host));
  const findings = apps.flatMap((a) => a.findings).filter((f) => about.has(f.host));
  if (args.json) printJson({ hosts: ladders, findings });
  else {
    for (const f of found)
      print(
        f.host
          ? renderLadder(f.host)
          : `  ${f.name}\n    no rule is about it: every request goes to the service, as Kubernetes sends it`,
      );
    findings.forEach(reportFinding);
  }
  return EXIT.clean;
}

/** What people may call a host: in full, by its gateway's name, or as clients do. */
const namesOf = (h: Host): readonly string[] => {
  const gateway = /^gateway ([^/]+)\/(.*)$/.exec(h.host);
  return gateway ? [h.host, `${gateway[1]}/${gateway[2]}`, gateway[2]!, ...(h.clientHosts ?? [])] : [h.host];
};

/** The host that is meant: by its whole name, else by whole labels of its beginning, else by any beginning. */
function choose<T extends { readonly name: string; readonly names: readonly string[] }>(
  given: string,
  known: readonly T[],
): readonly T[] {
  const wanted = given.trim().toLowerCase();
  if (wanted === '') throw new Failure(`say which host: ${list(known)}`, EXIT.usage);
  const within = (n: string) => n.startsWith('*.') && wanted.endsWith(n.slice(1));
  const ways: ((n: string) => boolean)[] = [
    (n) => n === wanted,
    (n) => within(n),
    (n) => n.startsWith(`${wanted}.`),
    (n) => n.startsWith(wanted),
    (n) => n === '*' && wanted.includes('.'),
  ];
  for (const way of ways) {
    const found = known.filter((k) => k.names.some((n) => way(n.toLowerCase())));
    if (found.length === 0) continue;
    if (new Set(found.map((f) => f.name)).size > 1)
      throw new Failure(`"${given}" may be one of several hosts: say which of ${list(found)}`, EXIT.usage);
    return found;
  }
  const near = didYouMean(
    wanted,
    known.flatMap((k) => [k.name, k.name.split('.')[0]!, ...k.names.filter((n) => n.includes('.'))]),
  );
  throw new Failure(`the app says nothing about host "${given}"${near || `; it has ${list(known)}`}`, EXIT.usage);
}

const list = (known: readonly { readonly name: string }[]): string =>
  [...new Set(known.map((k) => `"${k.name}"`))].join(', ') || 'no hosts';
