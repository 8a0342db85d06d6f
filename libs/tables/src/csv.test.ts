import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ScratchTables, scratchTables } from "./scratch-tables.ts";
import type { Column } from "./table.ts";

let scratch: ScratchTables;
beforeAll(async () => {
  scratch = await scratchTables();
});
afterAll(() => scratch[Symbol.asyncDispose]());

describe("CSV", () => {
  const columns: Column[] = [
    { name: "time", type: "timestamp" },
    { name: "n", type: "int64" },
    { name: "x", type: "float64" },
    { name: "s", type: "string" },
    { name: "b", type: "bool" },
  ];
  const convert = async (content: string | Buffer, declared: readonly Column[] = columns) => {
    const path = scratch.path("in.csv");
    await writeFile(path, content);
    const input = { path, format: "csv", csv: { nullTexts: ["", "NA"] } } as const;
    const written = await scratch.engine.convert({ input, columns: declared, output: scratch.path("csv.parquet") });
    return (await scratch.engine.readRows({ segments: [written.path], limit: 100 })).rows;
  };

  test("is read by the declared types, in the declared order", async () => {
    const text = `b,s,n,x,time\ntrue,"a,""b""",-5,1e3,2013-01-01T05:00:00.123456789Z\nNA,"",NA,NaN,2013-01-01\nfalse,NA,0,-0.5,2013-01-01 05:00:00+02:00\n`;
    expect(await convert(text)).toEqual([
      [{ ns: 1_357_016_400_123_456_789n }, -5n, 1000, 'a,"b"', true],
      [{ ns: 1_356_998_400_000_000_000n }, null, Number.NaN, "", null],
      [{ ns: 1_357_009_200_000_000_000n }, 0n, -0.5, null, false],
    ]);
  });

  test("tells apart the two times that a clock shows when summer time ends, and knows none of its own", async () => {
    const times = [
      "2013-11-03T01:30:00-04:00",
      "2013-11-03T01:30:00-05:00",
      "2013-11-03T01:30:00",
      "2013-03-10T02:30:00-05:00",
    ];
    const found = await convert(`time\n${times.join("\n")}\n`, columns.slice(0, 1));
    const instants = ["2013-11-03T05:30:00Z", "2013-11-03T06:30:00Z", "2013-11-03T01:30:00Z", "2013-03-10T07:30:00Z"];
    expect(found).toEqual(instants.map((it) => [{ ns: BigInt(Date.parse(it)) * 1_000_000n }]));
  });

  test.each([
    ["n", "1.5"],
    ["n", "9223372036854775808"],
    ["n", "007"],
    ["x", "1,5"],
    ["b", "yes"],
    ["time", "2013-02-30"],
    ["time", "01/02/2013"],
  ])("with a %s of %s fails with the row number", async (name, value) => {
    const column = columns.find((it) => it.name === name) as Column;
    const good = { time: "2013-01-01", n: "1", x: "1", b: "true" }[name];
    const call = convert(`${name},y\n${good},1\n"${value}",2\n`, [column]);
    await expect(call).rejects.toMatchObject({ reason: "TABLE_BAD_VALUE", metadata: { rowNumber: "2", column: name } });
  });

  test.each([
    ["too many fields", "n,s\n1,a\n2,b,c\n", "line 3: it has 3 fields, and the heading 2 fields"],
    ["too few fields", 'n,s\r\n1,"a\r\n"\r\n\r\n2\r\n', "line 5: it has 1 field, and the heading 2 fields"],
    ["an open quote", 'n,s\n1,"a\n', "line 2: a quote of the row"],
    ["too many fields behind a quote in a text", 'n,s\n1,5" disk\n2,b,c\n', "line 3: it has 3 fields"],
    ["too many fields behind a blank and a quote", 'n,s\n1, "a,b"\n2,"b""",c\n', "line 3: it has 3 fields"],
    ["a byte order mark", '\ufeff"n,m",s\n1,a\n2,b,c\n', "line 3: it has 3 fields"],
    ["an open quote behind one in a text", 'n,s\n1,a"\n2,"b\n', "line 3: a quote of the row"],
    ["text behind a quote", 'n,s\n1,"a\n"b\n', "line 3: there is text behind a quote"],
    ["a field of ten million characters", `n,s\n1,a\n2,${"x".repeat(10_000_000)}\n`, "Maximum line size"],
    ["ten million characters in an open quote", `n,s\n1,a\n2,"${"x".repeat(10_000_000)}\n`, "line "],
    ["bytes of another encoding", Buffer.from("n,s\n1,a\n2,caf\u00e9\n", "latin1"), "line 3: "],
  ])("with %s is refused, and tells the line", async (_, content, told) => {
    const call = convert(content, [{ name: "s", type: "string" }]);
    await expect(call).rejects.toMatchObject({ reason: "TABLE_BAD_CSV", message: expect.stringContaining(told) });
  });

  test("keeps texts as they are, also those that a spreadsheet would run, and NUL", async () => {
    const texts = ["=cmd()", "+1+1", "@SUM(a)", "-2", "<img src=x>", "a\0b"];
    expect(await convert(`s\n${texts.join("\n")}\n`, [{ name: "s", type: "string" }])).toEqual(texts.map((it) => [it]));
  });

  test("and a column that is not there is named", async () => {
    await expect(convert("n\n1\n", [{ name: "m", type: "int64" }])).rejects.toMatchObject({
      reason: "TABLE_COLUMN_UNKNOWN",
    });
  });
});
