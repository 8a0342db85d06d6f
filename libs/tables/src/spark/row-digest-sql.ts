import { itemType } from "../engine/column-types.ts";
import type { ColumnType, ScalarType } from "../table.ts";

interface DigestColumn {
  readonly as: string;
  readonly type: ColumnType;
}

/**
 * SQL for r and the kernel's row digest (libs/kernel/src/row-digest.ts), as bytes, of every row of a query with r and these columns, in which
 * a timestamp is its nanoseconds.
 */
export function digestsQuery(rows: string, columns: readonly DigestColumn[]): string {
  // The bits are used twice below, and cost the most.
  const prepared = columns.map(({ as, type }) =>
    type === "float64" ? `IF(${as} IS NULL, NULL, ${float64Bits(as)}) AS ${as}` : as,
  );
  const values = columns.map(({ as, type }) =>
    type === "float64" ? nullOr(as, `CONCAT(X'03', ${int64(as)})`) : valueBytes(as, type),
  );
  return `SELECT r, ${sha256(["X''", ...values])} AS digest FROM (SELECT ${["r", ...prepared].join(", ")} FROM (${rows}))`;
}

/** SQL for SHA-256 of some byte strings one after the other, as bytes. */
export const sha256 = (parts: readonly string[]): string => `UNHEX(SHA2(CONCAT(${parts.join(", ")}), 256))`;

function valueBytes(value: string, type: ColumnType): string {
  const item = itemType(type);
  const bytes = item
    ? `CONCAT(X'07', ${uint32(`SIZE(${value})`)},
        AGGREGATE(TRANSFORM(${value}, it -> ${valueBytes("it", item)}), X'', (all, one) -> CONCAT(all, one)))`
    : SCALARS[type as ScalarType](value);
  return nullOr(value, bytes);
}

const nullOr = (value: string, bytes: string): string => `IF(${value} IS NULL, X'00', ${bytes})`;

const SCALARS: Readonly<Record<ScalarType, (value: string) => string>> = {
  bool: (value) => `IF(${value}, X'0101', X'0100')`,
  int64: (value) => `CONCAT(X'02', ${int64(value)})`,
  float64: (value) => `CONCAT(X'03', ${int64(float64Bits(value))})`,
  string: (value) => `CONCAT(X'04', ${uint32(`OCTET_LENGTH(${value})`)}, CAST(${value} AS BINARY))`,
  bytes: (value) => `CONCAT(X'05', ${uint32(`OCTET_LENGTH(${value})`)}, ${value})`,
  timestamp: (value) => `CONCAT(X'06', ${int64(value)})`,
};

/** The bits of a number, -0 as 0 and every NaN as the same one. Spark's SQL has no word for them, but Java has. */
const float64Bits = (value: string): string =>
  `CAST(REFLECT('java.lang.Double', 'doubleToLongBits', IF(${value} = 0, 0D, ${value})) AS BIGINT)`;

/**
 * Little-endian bytes. Hexadecimal digits are written from the large end; read backwards, the bytes are in the wanted order and the
 * two digits of each are not, so these change places beforehand.
 */
const int64 = (value: string): string =>
  `UNHEX(REVERSE(LPAD(HEX(SHIFTLEFT(${value} & ${LOW_DIGITS}L, 4) | (SHIFTRIGHTUNSIGNED(${value}, 4) & ${LOW_DIGITS}L)), 16, '0')))`;

/** The lower digit of every byte. */
const LOW_DIGITS = 0x0f0f0f0f0f0f0f0fn;

/** The same for a length, whose upper four bytes come last and are nothing. */
const uint32 = (value: string): string => `SUBSTR(${int64(`CAST(${value} AS BIGINT)`)}, 1, 4)`;
