import { describe, expect, test } from "vitest";
import { type DecodedHeaders, HeaderDecoder } from "./decoder.ts";
import { HeaderEncoder } from "./encoder.ts";

/** The examples of RFC 7541, appendix C: the blocks of one connection in their order, as hexadecimal octets and as fields. */
interface Example {
  readonly hex: string;
  readonly fields: readonly string[];
}

const REQUEST_FIELDS = [
  [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"],
  [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com", "cache-control", "no-cache"],
  [
    [":method", "GET", ":scheme", "https", ":path", "/index.html", ":authority", "www.example.com"],
    ["custom-key", "custom-value"],
  ].flat(),
] as const;

const MORNING = "Mon, 21 Oct 2013 20:13:21 GMT";
const LOCATION = "https://www.example.com";
const RESPONSE_FIELDS = [
  [":status", "302", "cache-control", "private", "date", MORNING, "location", LOCATION],
  [":status", "307", "cache-control", "private", "date", MORNING, "location", LOCATION],
  [
    [":status", "200", "cache-control", "private", "date", MORNING.replace(":21 ", ":22 "), "location", LOCATION],
    ["content-encoding", "gzip", "set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
  ].flat(),
] as const;

const requests = (...blocks: readonly string[]): readonly Example[] =>
  blocks.map((hex, i) => ({ hex, fields: REQUEST_FIELDS[i] as readonly string[] }));
const responses = (...blocks: readonly string[]): readonly Example[] =>
  blocks.map((hex, i) => ({ hex, fields: RESPONSE_FIELDS[i] as readonly string[] }));

const C3 = requests(
  "828684410f7777772e6578616d706c652e636f6d",
  "828684be58086e6f2d6361636865",
  "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
);
const C4 = requests(
  "828684418cf1e3c2e5f23a6ba0ab90f4ff",
  "828684be5886a8eb10649cbf",
  "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
);
const C5 = responses(
  "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
  "4803333037c1c0bf",
  "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
);
const C6 = responses(
  "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
  "4883640effc1c0bf",
  "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
);

/** The responses are those of a table of 256 octets: the size update to it. */
const TO_256 = "3fe101";

const decoder = () => new HeaderDecoder({ tableBytesMax: 4096, listBytesMax: 16_384 });

const read = (to: HeaderDecoder, hex: string): DecodedHeaders => to.decode(Buffer.from(hex, "hex"));

const asList = (fields: readonly string[], isRemembered: boolean) =>
  Array.from({ length: fields.length / 2 }, (_, i) => ({
    name: fields[2 * i] as string,
    value: fields[2 * i + 1] as string,
    isRemembered,
  }));

describe("the examples of RFC 7541", () => {
  test.each([
    ["C.2.1, inserted", "400a637573746f6d2d6b65790d637573746f6d2d686561646572", ["custom-key", "custom-header"], 1],
    ["C.2.2, not indexed", "040c2f73616d706c652f70617468", [":path", "/sample/path"], 0],
    ["C.2.3, never indexed", "100870617373776f726406736563726574", ["password", "secret"], 0],
    ["C.2.4, indexed", "82", [":method", "GET"], 0],
  ])("%s", (_name, hex, fields, inserted) => {
    const reader = decoder();
    expect(read(reader, hex)).toEqual({ fields, isTooLarge: false });
    if (inserted === 1) expect(read(reader, "be").fields).toEqual(fields);
    else expect(() => read(reader, "be")).toThrow("beyond the tables");
  });

  test.each([
    ["C.3, requests", "", C3],
    ["C.4, requests in Huffman code", "", C4],
    ["C.5, responses with evictions", TO_256, C5],
    ["C.6, responses with evictions in Huffman code", TO_256, C6],
  ])("%s are read", (_name, before, blocks) => {
    const reader = decoder();
    blocks.forEach(({ hex, fields }, i) => {
      expect(read(reader, i === 0 ? before + hex : hex)).toEqual({ fields, isTooLarge: false });
    });
  });

  test.each([
    ["C.3, requests", 4096, "", C3],
    ["C.5, responses with evictions", 256, TO_256, C5],
  ])("%s are written, octet for octet", (_name, tableBytes, before, blocks) => {
    const writer = new HeaderEncoder();
    writer.setTableBytesMax(tableBytes);
    blocks.forEach(({ hex, fields }, i) => {
      expect(writer.encode(asList(fields, true)).toString("hex")).toBe(i === 0 ? before + hex : hex);
    });
  });

  test("C.2.2 and C.2.3 are written, octet for octet", () => {
    const writer = new HeaderEncoder();
    expect(writer.encode(asList([":path", "/sample/path"], false)).toString("hex")).toBe(
      "040c2f73616d706c652f70617468",
    );
    const secret = [{ name: "password", value: "secret", isRemembered: true, isSensitive: true }];
    expect(writer.encode(secret).toString("hex")).toBe("100870617373776f726406736563726574");
  });
});
