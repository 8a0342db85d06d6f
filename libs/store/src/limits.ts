/** The limits of the port, the same in every adapter (sizes in bytes of UTF-8). */
export const STORE_LIMITS = {
  /** Longest document id and series key. */
  idBytesMax: 1_024,
  /** Largest document, measured as its JSON text. */
  valueBytesMax: 4 * 1024 * 1024,
  /** Deepest nesting of arrays and objects within a document. */
  valueDepthMax: 40,
  /** Most documents that one find returns, ids of one getMany, and values of one `in`. */
  documentsMax: 1_000,
  /** Most document writes of one batch. */
  batchWritesMax: 1_000,
  /** Most metric points of one append within a batch. */
  batchPointsMax: 10_000,
  /** Most points that one read of a series returns. */
  pointsMax: 10_000,
  /** Most conditions of one filter, counted with everything nested. */
  conditionsMax: 200,
} as const;
