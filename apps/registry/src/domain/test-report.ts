import type { Steps } from "@throughline/kernel";
import type { ReportedTests } from "./evidence.ts";
import { evidenceInvalid } from "./evidence-bytes.ts";

/** Elements stand in each other at most so deep: suites in suites, and what a test says. */
const DEPTH_MAX = 64;
/** Tags, comments and the like that are read in one step. */
const PIECES_AT_ONCE = 5_000;
const FAILED: ReadonlySet<string> = new Set(["failure", "error"]);

/**
 * The tests that a report in JUnit's XML names, each counted by itself: what suites claim of themselves is not read, and neither are
 * entities. Fails with EVIDENCE_INVALID for what is no such report, and for one in which no test ran.
 */
export function* readTestReport(bytes: Uint8Array): Steps<ReportedTests> {
  const open: string[] = [];
  const cases = { failed: 0, skipped: 0, passed: 0 };
  let state: keyof typeof cases = "passed";
  let isEnded = false;
  let pieceCount = 0;
  for (const tag of piecesOf(textOf(bytes))) {
    if (++pieceCount % PIECES_AT_ONCE === 0) yield;
    if (tag === undefined) continue;
    const { name, kind } = tag;
    if (isEnded) throw notReport("something follows its root");
    if (kind !== "end") {
      const parent = open.at(-1);
      if (parent === undefined && name !== "testsuites" && name !== "testsuite")
        throw notReport("its root is neither testsuites nor testsuite");
      if (open.length === DEPTH_MAX) throw notReport(`its elements stand more than ${DEPTH_MAX} deep`);
      if (name === "testcase" && open.includes("testcase")) throw notReport("a testcase stands in another");
      if (name === "testcase") state = "passed";
      if (parent === "testcase" && FAILED.has(name)) state = "failed";
      if (parent === "testcase" && name === "skipped" && state === "passed") state = "skipped";
      open.push(name);
    }
    if (kind !== "start") {
      if (open.pop() !== name) throw notReport(`an element ${name} ends that did not begin`);
      if (name === "testcase") cases[state]++;
      isEnded = open.length === 0;
    }
  }
  if (!isEnded) throw notReport("it ends too early");
  if (cases.passed + cases.failed === 0) throw notReport("it names no test that ran");
  return { testCount: cases.passed + cases.failed, failedCount: cases.failed, skippedCount: cases.skipped };
}

const notReport = (why: string) => evidenceInvalid("report of tests", why);

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notReport("it is no text in UTF-8");
  }
}

interface Tag {
  readonly name: string;
  readonly kind: "start" | "end" | "empty";
}

/** What is no element, by how it begins and ends. */
const PASSED_OVER = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
] as const;

/** The tags of a text in XML, and undefined for what else is passed over; each character is looked at a bounded number of times. */
function* piecesOf(text: string): Generator<Tag | undefined> {
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const over = PASSED_OVER.find(([begin]) => text.startsWith(begin, at));
    if (over) {
      at = after(text, over[1], at + over[0].length);
      yield undefined;
      continue;
    }
    if (text.startsWith("<!", at)) throw notReport("it declares a document type");
    const end = endOfTag(text, at);
    yield tagFrom(text.slice(at + 1, end - 1));
    at = end;
  }
}

function tagFrom(inside: string): Tag {
  const isEnd = inside.startsWith("/");
  const name = /^[A-Za-z_][\w.:-]{0,99}(?=[\s/]|$)/.exec(isEnd ? inside.slice(1) : inside)?.[0];
  if (name === undefined) throw notReport("an element has no name");
  return { name, kind: isEnd ? "end" : inside.endsWith("/") ? "empty" : "start" };
}

/** Where a tag is over: after its `>` that stands in no value of an attribute. */
function endOfTag(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === ">") return at + 1;
    if (character === '"' || character === "'") at = after(text, character, at + 1) - 1;
  }
  throw notReport("a tag does not end");
}

function after(text: string, ending: string, from: number): number {
  const at = text.indexOf(ending, from);
  if (at < 0) throw notReport(`a ${ending} is missing`);
  return at + ending.length;
}
