import comments from "./gen/comments.json" with { type: "json" };

const COMMENTS: Readonly<Record<string, string>> = comments;

/** The comment that a contract gives an element, by its full name, such as `throughline.tracking.v1.Run.name`; empty if it has none. */
export const commentOf = (fullName: string): string =>
  Object.hasOwn(COMMENTS, fullName) ? (COMMENTS[fullName] ?? "") : "";
