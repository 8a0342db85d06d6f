/** Most names that a message lists. */
const LISTED_MAX = 20;

/** Names for a message. */
export const namesOf = (all: readonly { readonly name: string }[]): string =>
  all
    .slice(0, LISTED_MAX)
    .map((it) => it.name)
    .concat(all.length > LISTED_MAX ? [`and ${all.length - LISTED_MAX} more`] : [])
    .join(", ") || "none";
