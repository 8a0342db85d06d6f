import { describe, expect, test } from "vitest";
import { breaches } from "./problem.ts";
import { RULES } from "./rules.ts";
import { treeOf } from "./tree.ts";

type Files = Readonly<Record<string, string>>;

const manifest = (name: string, tag: string, dependencies: readonly string[] = []) =>
  JSON.stringify({
    name: `@throughline/${name}`,
    exports: { ".": "./src/index.ts" },
    nx: { tags: [tag] },
    dependencies: Object.fromEntries(dependencies.map((it) => [it, "1.0.0"])),
  });

/** A small workspace that keeps every rule. */
const GOOD: Files = {
  "package.json": JSON.stringify({
    devDependencies: { vitest: "1.0.0" },
    scripts: { bench: "node scripts/bench.ts", sweep: "node scripts/sweep.ts" },
  }),
  "scripts/sweep.ts": "const SWEEPS = {\n  crash: {\n  },\n};",
  "libs/kernel/package.json": manifest("kernel", "pure"),
  "libs/kernel/src/index.ts": `export { one } from "./one.ts";`,
  "libs/kernel/src/one.ts": "export const one = 1;",
  "libs/store/package.json": manifest("store", "data", ["@throughline/kernel", "mongodb"]),
  "libs/store/src/index.ts": `export { open } from "./mongodb/open.ts";`,
  "libs/store/src/mongodb/open.ts": `import { MongoClient } from "mongodb"; export const open = () => new MongoClient("");`,
  "libs/testing/package.json": manifest("testing", "testing", ["@throughline/kernel"]),
  "libs/testing/src/index.ts": `export const fake = 1;`,
  "apps/one/package.json": manifest("one", "app", ["@throughline/kernel", "@throughline/store", "@throughline/rpc"]),
  "apps/one/README.md": "# one\n",
  "apps/one/src/main.ts": `import "./rpc/handlers.ts"; import "./store/rows.ts"; export const port = process.env["PORT"];`,
  "apps/one/src/index.ts": `export { row } from "./domain/row.ts";`,
  "apps/one/src/domain/row.ts": `import { one } from "@throughline/kernel"; export const row = one;`,
  "apps/one/src/rpc/handlers.ts": `import { row } from "../domain/row.ts"; export const handlers = [row];`,
  "apps/one/src/store/rows.ts": `import { open } from "@throughline/store"; export const rows = open;`,
  "apps/two/package.json": manifest("two", "app", ["@throughline/one"]),
  "apps/two/README.md": "# two\n",
  "apps/two/src/index.ts": "export const two = 2;",
};

const breaking = (rule: string, files: Files, exceptions: Parameters<typeof breaches>[2] = []) => {
  const found = RULES.find((it) => it.name === rule);
  if (!found) throw new Error(`there is no rule ${rule}`);
  return breaches(found, treeOf(new Map(Object.entries({ ...GOOD, ...files }))), exceptions);
};

const lines = (count: number) => Array.from({ length: count }, (_, i) => `  f(${i});`).join("\n");
const kernel = (code: string): Files => ({ "libs/kernel/src/one.ts": code });
const domain = (code: string): Files => ({ "apps/one/src/domain/row.ts": code });

/** Rule, what the case shows, changed files, the start of the expected problem. */
const BROKEN: readonly (readonly [string, string, Files, string])[] = [
  [
    "import arrows",
    "pure imports data",
    kernel(`import "@throughline/store";`),
    "libs/kernel/src/one.ts:1 is of tag pure",
  ],
  ["import arrows", "an app imports an app", { "apps/two/src/index.ts": `import "@throughline/one";` }, "apps/two/src"],
  ["import arrows", "only tests see testing", domain(`import "@throughline/testing";`), "apps/one/src/domain/row.ts:1"],
  ["import arrows", "a path leaves its package", domain(`import "../../../two/src/index.ts";`), "apps/one/src/domain"],
  ["import arrows", "a type counts too", kernel(`export type A = import("@throughline/store").A;`), "libs/kernel/src"],
  [
    "import circles",
    "two files that load each other",
    {
      ...kernel(`export { two } from "./two.ts"; export const one = 1;`),
      "libs/kernel/src/two.ts": `import { one } from "./one.ts"; export const two = one + 1;`,
    },
    "libs/kernel/src/one.ts is loaded by what it loads: libs/kernel/src/two.ts -> libs/kernel/src/one.ts",
  ],
  [
    "type circles",
    "a type of whoever uses it",
    {
      ...kernel(`import { two } from "./two.ts"; export type One = 1; export const one = two;`),
      "libs/kernel/src/two.ts": `import type { One } from "./one.ts"; export const two: One = 1;`,
    },
    "libs/kernel/src/one.ts is described by what it describes: libs/kernel/src/two.ts -> libs/kernel/src/one.ts",
  ],
  [
    "declared dependencies",
    "an undeclared package",
    kernel(`import "left-pad/x";`),
    "libs/kernel/src/one.ts:1 imports left-pad,",
  ],
  ["drivers in adapters", "a driver outside its adapter", domain(`import type { Db } from "mongodb";`), "apps/one/src"],
  [
    "drivers in adapters",
    "a driver loaded late",
    kernel(`export const a = () => import("node:sqlite");`),
    "libs/kernel",
  ],
  [
    "pure domain",
    "wire types",
    domain(`import type { A } from "@throughline/contracts";`),
    "apps/one/src/domain/row.ts:1",
  ],
  ["pure domain", "wire runtime", domain(`import "@bufbuild/protobuf/wkt";`), "apps/one/src/domain/row.ts:1"],
  ["pure domain", "a repository", domain(`import "../store/rows.ts";`), "apps/one/src/domain/row.ts:1"],
  [
    "pure domain",
    "code of a data library",
    domain(`import { open } from "@throughline/store";`),
    "apps/one/src/domain",
  ],
  [
    "rpc and store apart",
    "a handler reads rows",
    { "apps/one/src/rpc/handlers.ts": `import "../store/rows.ts";` },
    "apps/one/src/rpc",
  ],
  ["environment in main", "process.env", kernel("export const a = process.env;"), "libs/kernel/src/one.ts:1 reads"],
  ["environment in main", "env of node:process", kernel(`import { env } from "node:process"; env;`), "libs/kernel/src"],
  [
    "tests stay out",
    "a suite in the way in",
    {
      "libs/kernel/src/index.ts": `export { one } from "./one.ts";`,
      ...kernel(`import { test } from "vitest"; export const one = test;`),
    },
    "libs/kernel/src/index.ts:1 imports libs/kernel/src/one.ts",
  ],
  [
    "tests stay out",
    "a suite of laws in the way in",
    {
      "libs/kernel/src/index.ts": `export { one } from "./laws/index.ts";`,
      "libs/kernel/src/laws/index.ts": `export const one = 1;`,
    },
    "libs/kernel/src/index.ts:1 imports libs/kernel/src/laws/index.ts",
  ],
  ["file size", "251 lines", kernel(lines(251)), "libs/kernel/src/one.ts has 251 lines"],
  [
    "function size",
    "a long function",
    kernel(`export function long() {\n${lines(59)}\n}`),
    "libs/kernel/src/one.ts:1 long has 61",
  ],
  [
    "function size",
    "a long arrow",
    kernel(`export const long = () => {\n${lines(59)}\n};`),
    "libs/kernel/src/one.ts:1 long has",
  ],
  [
    "function size",
    "callbacks count for their caller",
    kernel(`export function long() {\n  g(() => {\n${lines(57)}\n  });\n}`),
    "libs",
  ],
  ["parameter count", "four", kernel("export const f = (a, b, c, d) => a;"), "libs/kernel/src/one.ts:1 f has 4"],
  [
    "literal spreads",
    "two members",
    kernel("export const a = { ...{ b: 1, c: 2 } };"),
    "libs/kernel/src/one.ts:1 spreads",
  ],
  [
    "package entries",
    "a file that is not there",
    { "libs/kernel/package.json": manifest("kernel", "pure").replace("index", "none") },
    "libs/kernel/package.json names libs/kernel/src/none.ts",
  ],
  ["relative imports", "no such file", kernel(`import "./two.ts";`), "libs/kernel/src/one.ts:1 imports ./two.ts"],
  [
    "relative imports",
    "no ending",
    { "libs/kernel/src/index.ts": `export { one } from "./one";` },
    "libs/kernel/src/index.ts:1",
  ],
  [
    "named exports",
    "a star",
    { "libs/kernel/src/index.ts": `export * from "./one.ts";` },
    "libs/kernel/src/index.ts:1",
  ],
  ["named exports", "a default", kernel("export default 1;"), "libs/kernel/src/one.ts:1"],
  ["dead files", "nobody imports it", { "libs/kernel/src/two.ts": "" }, "libs/kernel/src/two.ts is reached from no"],
  ["leftovers", "in a comment", kernel("\n/*\n * TODO later\n */"), "libs/kernel/src/one.ts:3 says"],
  ["leftovers", "in a contract", { "proto/a.proto": "// FIXME" }, "proto/a.proto:1 says"],
  ["registry hosts", "in a script", { "a.sh": ["curl https://pypi", "org/simple"].join(".") }, "a.sh:1 names"],
  ["machine paths", "in a page", { "README.md": `see \`/${"home"}/me/x\`` }, "README.md:1 has a path of one machine"],
  ["app readmes", "too long", { "apps/one/README.md": "x\n".repeat(81) }, "apps/one/README.md has 81 lines"],
  ["readme places", "a link", { "README.md": "see\n[it](docs/it.md#a)" }, "README.md:2 names docs/it.md, which is"],
  ["readme places", "a place", { "README.md": "see `libs/gone/src/x.ts`" }, "README.md:1 names libs/gone/src/x.ts,"],
  ["readme commands", "a script", { "README.md": "npm run gone" }, "README.md:1 says npm run gone, which is no script"],
  [
    "readme commands",
    "a bench",
    { "README.md": "npm run bench -- gone" },
    "README.md:1 names the bench gone, which is",
  ],
  [
    "readme commands",
    "a sweep",
    { "README.md": "npm run sweep -- gone" },
    "README.md:1 names the sweep gone, which is",
  ],
];

/** Files that look like breaches and are none. */
const FINE: readonly (readonly [string, string, Files])[] = [
  [
    "import arrows",
    "the composer imports apps",
    {
      "apps/throughline/package.json": manifest("throughline", "app"),
      "apps/throughline/src/index.ts": `import "@throughline/one";`,
    },
  ],
  [
    "import circles",
    "a type of whoever uses it",
    {
      ...kernel(`import { two } from "./two.ts"; export type One = 1; export const one = two;`),
      "libs/kernel/src/two.ts": `import type { One } from "./one.ts"; export const two: One = 1;`,
    },
  ],
  ["import arrows", "tests see testing", { "libs/kernel/src/one.test.ts": `import "@throughline/testing";` }],
  ["declared dependencies", "tests use the root's tools", { "libs/kernel/src/one.test.ts": `import "vitest";` }],
  ["pure domain", "a port as a type", domain(`import type { Rows } from "@throughline/store";`)],
  ["environment in main", "another env", kernel(`export const f = (env: { A: string }) => env.A;`)],
  [
    "function size",
    "members of a factory",
    kernel(
      `export const f = () => {\n  const a = () => {\n${lines(40)}\n  };\n  return { a, b() {\n${lines(40)}\n  } };\n};`,
    ),
  ],
  ["function size", "a suite", { "libs/kernel/src/one.test.ts": `export const f = () => {\n${lines(99)}\n};` }],
  [
    "function size",
    "a suite of laws, by its name",
    { "libs/kernel/src/laws.ts": `export const f = () => {\n${lines(99)}\n};` },
  ],
  [
    "tests stay out",
    "laws in several files",
    {
      "libs/kernel/src/laws/index.ts": `export { model } from "./model.ts";`,
      "libs/kernel/src/laws/model.ts": `import { test } from "vitest"; export const model = test;`,
    },
  ],
  ["parameter count", "a type of this", kernel("export function f(this: Date, a: 1, b: 2, c: 3) {}")],
  ["dead files", "the file of a child process", kernel(`fork(join(import.meta.dirname, "child.ts"));`)],
  ["leftovers", "in text that people see", kernel(`export const text = "TODO";`)],
  [
    "readme places",
    "files, folders, the web, and placeholders",
    {
      "README.md": "[a](apps/one/README.md#x) [b](libs/kernel) [c](https://a.example/x) `libs/kernel/src/` `apps/*/x`",
    },
  ],
  [
    "readme commands",
    "a bench and a sweep that are there",
    {
      "README.md": "npm run bench -- reads --seconds 3; npm run sweep -- crash; npm run bench -- NAME",
      "libs/kernel/bench/reads.ts": "export {};",
    },
  ],
  ["machine paths", "a route", kernel(`export const route = "https://a.example/home/x";`)],
];

describe("tidy", () => {
  test.each(RULES)("a good tree keeps the rule: $name", (rule) => {
    expect(breaking(rule.name, {})).toEqual([]);
  });

  test.each(BROKEN)("%s fails: %s", (rule, _, files, start) => {
    const [problem = "", ...more] = breaking(rule, files);
    expect(more).toEqual([]);
    expect(problem.slice(0, start.length)).toBe(start);
    expect(problem).toContain(`[${rule}] `);
  });

  test.each(FINE)("%s allows: %s", (rule, _, files) => {
    const child = rule === "dead files" ? { "libs/kernel/src/child.ts": "" } : {};
    expect(breaking(rule, { ...files, ...child })).toEqual([]);
  });

  test("every rule has a case that fails", () => {
    const shown = new Set(BROKEN.map(([rule]) => rule));
    expect(RULES.map((it) => it.name).filter((it) => !shown.has(it))).toEqual([]);
  });

  test("an exception silences its file, and is a problem itself once nothing needs it", () => {
    const exception = [{ rule: "parameter count", path: "libs/kernel/src/one.ts", reason: "shown here" }];
    expect(breaking("parameter count", kernel("export const f = (a, b, c, d) => a;"), exception)).toEqual([]);
    expect(breaking("parameter count", {}, exception)[0]).toContain("needs no exception");
  });

  test("a missing README is a problem of its app", () => {
    const tree = treeOf(new Map([["apps/one/package.json", manifest("one", "app")]]));
    const rule = RULES.find((it) => it.name === "app readmes");
    expect(rule?.find(tree)).toEqual([{ path: "apps/one/README.md", what: "is missing" }]);
  });
});
