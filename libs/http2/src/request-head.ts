/** The headers of a request by their lower-case names, those of the protocol (`:path`) among them; what came twice is joined as one list. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** What RFC 9113 makes of a request's fields. */
export interface RequestHead {
  readonly headers: RequestHeaders;
  /** Bytes that the body must have; undefined if the request does not say. */
  readonly contentLength: number | undefined;
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these three are what must not be there.
const FORBIDDEN_IN_VALUE = /[\x00\r\n]/;
const PSEUDO: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path"]);
/** Of HTTP/1.1's connections, and nothing in HTTP/2 (section 8.2.2). */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"],
]);

/** Reads the fields of a request, names and values in turn. Gives why it is malformed (RFC 9113, section 8.1.1) in place of a head. */
export function requestHead(fields: readonly string[]): RequestHead | string {
  const headers: Record<string, string> = Object.create(null);
  let isPast = false;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const isPseudo = name.charCodeAt(0) === COLON;
    const value = fields[i + 1] as string;
    if (isPseudo && (isPast || !PSEUDO.has(name) || headers[name] !== undefined)) return `${name} is out of place`;
    isPast ||= !isPseudo;
    const wrong = isPseudo ? wrongValue(name, value) : wrongField(name, value);
    if (wrong !== undefined) return wrong;
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`;
  }
  return headOf(headers);
}

/** Reads the fields behind a body: why they are malformed, or undefined. */
export function wrongTrailers(fields: readonly string[]): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    const wrong = wrongField(fields[i] as string, fields[i + 1] as string);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

const COLON = 58;

function wrongField(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return "a name is no lower-case token";
  if (OF_CONNECTIONS.has(name)) return `${name} is of HTTP/1.1`;
  if (name === "te" && value !== "trailers") return "te is more than trailers";
  return wrongValue(name, value);
}

const wrongValue = (name: string, value: string): string | undefined =>
  FORBIDDEN_IN_VALUE.test(value) ? `the value of ${name} has a line end or a zero` : undefined;

function headOf(headers: Record<string, string>): RequestHead | string {
  const { ":method": method, ":scheme": scheme, ":path": path } = headers;
  if (method === undefined) return "there is no :method";
  if (method !== "CONNECT" && (scheme === undefined || !path)) return "there is no :scheme or :path";
  const length = headers["content-length"];
  if (length === undefined) return { headers, contentLength: undefined };
  return /^\d{1,15}$/.test(length) ? { headers, contentLength: Number(length) } : "content-length is no number";
}
