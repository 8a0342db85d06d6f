import { ConnectError } from "@connectrpc/connect";
import type { HeaderList } from "@throughline/http2";
import { statusBytes } from "./errors.ts";

/** How a call ended, as the trailers of gRPC say it. */
export function trailersOf(thrown: unknown): HeaderList {
  const error = ConnectError.from(thrown);
  const status = [
    { name: "grpc-status", value: String(error.code) },
    { name: "grpc-message", value: percentEncoded(error.rawMessage.slice(0, MESSAGE_LENGTH_MAX)) },
  ];
  const details = detailsOf(error);
  return details === undefined ? status : [...status, { name: "grpc-status-details-bin", value: details }];
}

// Callers take some 8 KiB of headers, and lose the status with what is longer.
const MESSAGE_LENGTH_MAX = 2_000;
const DETAILS_LENGTH_MAX = 5_000;

/** The details as a header, or the first alone, which has the reason, where all are too long. */
function detailsOf(error: ConnectError): string | undefined {
  if (error.details.length === 0) return undefined;
  const all = Buffer.from(statusBytes(error)).toString("base64");
  if (all.length <= DETAILS_LENGTH_MAX || error.details.length === 1) return all;
  const short = new ConnectError(error.rawMessage.slice(0, MESSAGE_LENGTH_MAX), error.code);
  short.details = error.details.slice(0, 1);
  return Buffer.from(statusBytes(short)).toString("base64");
}

/** Everything but printable ASCII, and the percent sign, as bytes of UTF-8 in hexadecimal digits. */
function percentEncoded(text: string): string {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

const DIGITS_MAX = 8;
const ZERO = 48;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** The time that a caller leaves, in milliseconds; undefined for a text that says none. Digit by digit: it is read of each call that is refused, and a pattern costs as much as the rest. */
export function timeoutMsOf(text: string): number | undefined {
  const digits = text.length - 1;
  const unitMs = UNIT_MS[text.charAt(digits)];
  if (unitMs === undefined || digits < 1 || digits > DIGITS_MAX) return undefined;
  let amount = 0;
  for (let i = 0; i < digits; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    amount = 10 * amount + digit;
  }
  return amount * unitMs;
}
