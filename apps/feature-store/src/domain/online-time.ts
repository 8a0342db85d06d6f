/** The first and the last time that an entry can have; every read is between them. */
const [NS_LEAST, NS_MOST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** The nearest time that an entry can have. */
export const withinNs = (ns: bigint): bigint => (ns < NS_LEAST ? NS_LEAST : ns > NS_MOST ? NS_MOST : ns);

/** True if every entry is later. */
export const isBeforeAll = (ns: bigint): boolean => ns < NS_LEAST;
