import { ALL } from './leads';
import type { Requesters } from './requesters';
import { type Request, requestsTo } from './requests';
import type { Checkpoint, Routed } from './rerouted';
import type { Together } from './together';
import { type Ends, keptAnswers } from './verdicts';

/**
 * What becomes of requests for hosts, while of their rules, the policies at the Gateway and those of the pods behind it several change:
 * whom both states let in, or refuse, wherever it is that they end, is at every moment.
 */
export const routeVerdictsOf = (rerouted: readonly Checkpoint[], requesters: Requesters, ends: Ends): readonly Together[] =>
  rerouted.flatMap(({ name, members, asked, told, answers }) => {
    // of one that changes both states are looked at
    if (members.length < 2) return [];
    const requests = told.flatMap(([rest, how]) =>
      requestsTo(asked, requesters, how).map((r): Routed & Request => ({
        ...r,
        rest,
        text: `${r.text}${rest === ALL ? '' : ` that meets ${rest}`}`,
      })),
    );
    return keptAnswers(name, members, requests, ends, answers);
  });
