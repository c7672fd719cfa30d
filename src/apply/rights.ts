/** What a user may be allowed to do with objects of a kind. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly plural: string;
  /** Empty for kinds that have none, and for all. */
  readonly namespace: string;
}

/** A kind as rules of a Role name it: `widgets.lab.example.com`. */
export const kindText = ({ group, plural }: Pick<Right, 'group' | 'plural'>): string => (group ? `${plural}.${group}` : plural);

/** A right in words: `list secrets in namespace "a"`. */
export const rightText = ({ verb, group, plural, namespace }: Right): string =>
  `${verb} ${kindText({ group, plural })}${namespace ? ` in namespace "${namespace}"` : ''}`;
