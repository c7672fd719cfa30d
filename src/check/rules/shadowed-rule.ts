import { type Config, objectText, type Ref } from '../../model/config';
import { type BoundMatch, boundMatches, ruleText } from '../bound-matches';
import type { CheckedMesh } from '../checked-mesh';
import { Coverage } from '../coverage';
import type { Found, Rule } from '../rule';

/** A match, or a rule that has none, wherever it is bound. */
interface Judged {
  readonly from: Config;
  readonly rule: any;
  readonly by: Ref;
  /** What leaves it nothing; nothing where some request may be left, anywhere. */
  cover: readonly BoundMatch[] | undefined;
}

/** A rule, or a match of one, that never decides since those before it take all of its requests. */
export const shadowedRule: Rule = {
  id: 'MESH120',
  name: 'shadowed-rule',
  severity: 'warning',
  codes: [],
  summary: 'rules before it take every request of a rule',
  why: 'The first rule that accepts a request decides. What this one asks for, an earlier one accepts already: by a prefix that holds the exact path or the longer prefix, by asking for fewer headers, query parameters or source labels, or because two rules before it split all that there is between them. So it does nothing, and its requests go elsewhere. istioctl (IST0130, IST0131) compares text and prefixes alone, and finds some of it. That several rules together take all is looked for among the last 200 before a match. Source: pilot/pkg/networking/core/route/route.go, BuildHTTPRoutesForVirtualService; Envoy takes the first route that matches.',
  remedy: 'Put the narrower rule before the wider one, or take out the one that does nothing.',
  *check(mesh) {
    const all: { readonly m: BoundMatch; readonly cover: readonly BoundMatch[] | undefined }[] = [];
    const covered = new Set<Config>();
    for (const vs of mesh.model.virtualServices)
      for (const gateway of new Set(vs.gateways)) {
        const before = new Coverage();
        for (const m of boundMatches(vs, gateway)) {
          const cover = before.coverOf(m);
          if (cover) covered.add(m.entry.from);
          else before.add(m);
          all.push({ m, cover });
        }
      }
    if (covered.size > 0) yield* findings(mesh, judgedOf(all.filter(({ m }) => covered.has(m.entry.from))));
  },
};

/** Each match once, wherever it is bound. */
function judgedOf(all: readonly { readonly m: BoundMatch; readonly cover: readonly BoundMatch[] | undefined }[]): Judged[] {
  const judged = new Map<string, Judged>();
  const ids = new Map<Config, number>();
  for (const { m, cover } of all) {
    const { from, rule } = m.entry;
    if (!ids.has(from)) ids.set(from, ids.size);
    const key = `${ids.get(from)} ${m.by.path.join(' ')}`;
    const known = judged.get(key);
    // what decides at one place is not without effect
    if (!known) judged.set(key, { from, rule, by: m.by, cover });
    else if (!cover) known.cover = undefined;
  }
  return [...judged.values()];
}

function* findings(mesh: CheckedMesh, all: readonly Judged[]): Iterable<Found> {
  const byRule = new Map<any, Judged[]>();
  for (const j of all) {
    const list = byRule.get(j.rule);
    if (list) list.push(j);
    else byRule.set(j.rule, [j]);
  }
  for (const list of byRule.values()) {
    const { from, rule } = list[0]!;
    if (list.every((j) => j.cover === undefined)) continue;
    const known = foundByIstio(mesh, from);
    const [, , index, , ...rest] = list[0]!.by.path;
    if (known.has(String(index))) continue;
    const told = list.filter((j) => j.cover && !known.has(`${index}.${j.by.path[4]}`));
    const whole = told.length === list.length && told.length === (rest.length > 0 ? rule.match.length : 1);
    if (whole) {
      const cover = [...new Set(told.flatMap((j) => j.cover!))];
      const others = cover.filter((c) => c.entry.rule !== rule);
      yield {
        at: { manifest: from.manifest, path: list[0]!.by.path.slice(0, 3) },
        message: `${ruleText(rule, list[0]!.by.path)} never decides: ${takers(others, from)} all of its requests before`,
        hint: hintOf(others, from),
        related: relatedOf(others),
      };
      continue;
    }
    for (const { by, cover } of told) {
      const own = cover!.every((c) => c.entry.rule === rule);
      yield {
        at: by,
        ...(own ? { severity: 'info' as const } : {}),
        message: own
          ? `this match of ${ruleText(rule, by.path)} adds nothing: another match of the rule takes all of its requests`
          : `this match of ${ruleText(rule, by.path)} never decides: ${takers(cover!, from)} all of its requests before`,
        hint: own ? 'take it out' : hintOf(cover!, from),
        related: relatedOf(cover!),
      };
    }
  }
}

/** Where Istio's validation says the same (IST0130, IST0131): `2` for a rule, `2.0` for a match of it. */
function foundByIstio(mesh: CheckedMesh, { manifest }: Config): ReadonlySet<string> {
  const said = (mesh.problems.get(manifest) ?? []).filter((p) => p.code === 'IST0130' || p.code === 'IST0131');
  return new Set(said.map(({ path }) => path.filter((x) => typeof x === 'number').join('.')));
}

const nameOf = (m: BoundMatch, from: Config): string =>
  `${ruleText(m.entry.rule, m.entry.path)}${m.entry.from === from ? '' : ` of ${objectText(m.entry.from.manifest)}`}`;

function takers(cover: readonly BoundMatch[], from: Config): string {
  const names = [...new Set(cover.map((c) => nameOf(c, from)))];
  return names.length === 1 ? `${names[0]} takes` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)} together take`;
}

const hintOf = (cover: readonly BoundMatch[], from: Config): string => `put it before ${nameOf(cover[0]!, from)}, or take it out`;

const relatedOf = (cover: readonly BoundMatch[]) => cover.slice(0, 3).map((c) => ({ at: c.by, message: 'takes the requests' }));
