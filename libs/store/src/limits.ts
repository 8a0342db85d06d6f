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
  /** Longest name of an attribute in a search index. */
  attributeNameBytesMax: 512,
  /** Most conditions of one search, counted with everything nested. */
  searchConditionsMax: 5_000,
  /** Longest LIKE pattern, in UTF-16 units. */
  likeLengthMax: 1_000,
  /** Most scopes of one search. */
  scopesMax: 20_000,
  /** Most subjects that one search returns, and ids that it compares with. */
  subjectsMax: 10_000,
  /** Most attributes that one search orders by. */
  ordersMax: 30,
  /** Most conditions of one filter, counted with everything nested. */
  conditionsMax: 200,
} as const;
