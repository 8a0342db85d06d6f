import { createReadStream } from "node:fs";

/**
 * Where a file stops to be CSV, for a person: the first line with another number of fields than the heading, with text behind a quote that
 * is closed, or with a quote that nothing closes. Undefined if it is none of these. It is read only after the engine has refused a file without telling where.
 */
export async function csvFault(path: string, delimiter = ","): Promise<string | undefined> {
  const lines = lineReader(delimiter);
  for await (const piece of createReadStream(path, { encoding: "utf8" })) {
    for (const character of piece as string) {
      const fault = lines.take(character);
      if (fault !== undefined) return fault;
    }
  }
  return lines.end();
}

/** What has come of a field: nothing but blanks, text without quotes, or a quote that is open or closed. */
type Field = "blank" | "plain" | "open" | "closed";

/** Takes the characters of a file one by one, and tells the first fault. */
function lineReader(delimiter: string) {
  let headingFields = 0;
  let [line, began, fields, length] = [1, 1, 1, 0];
  let field: Field = "blank";
  let last = "";
  const endRow = (): string | undefined => {
    const found = { began, fields, isEmpty: length === 0 };
    [began, fields, length, field] = [line, 1, 0, "blank"];
    if (found.isEmpty) return undefined;
    if (headingFields === 0) headingFields = found.fields;
    if (found.fields === headingFields) return undefined;
    return `line ${found.began}: it has ${counted(found.fields)}, and the heading ${counted(headingFields)}`;
  };
  return {
    take(character: string): string | undefined {
      const before = last;
      last = character;
      const isEnd = character === "\n" || character === "\r";
      // A line may end in both.
      const isSecondHalf = character === "\n" && before === "\r";
      if (isEnd && !isSecondHalf) line += 1;
      if (isEnd && field !== "open") {
        if (!isSecondHalf) return endRow();
        began = line;
        return undefined;
      }
      length += 1;
      const isBetween = character === delimiter && field !== "open";
      if (isBetween) fields += 1;
      const next = isBetween ? "blank" : fieldAfter(field, character);
      if (next === undefined) return `line ${line}: there is text behind a quote that is closed`;
      field = next;
      return undefined;
    },
    end: (): string | undefined =>
      field === "open" ? `line ${began}: a quote of the row that begins there is not closed` : endRow(),
  };
}

/** What a field is with one more character; undefined if there must be none. */
function fieldAfter(field: Field, character: string): Field | undefined {
  if (field === "open") return character === '"' ? "closed" : "open";
  // Amid text a quote is text. Of two that stand for one, the first closes the field and the second opens it again.
  if (character === '"') return field === "plain" ? "plain" : "open";
  // A file may begin with a byte order mark.
  if (character === " " || character === "\ufeff") return field;
  return field === "closed" ? undefined : "plain";
}

const counted = (fields: number): string => `${fields} field${fields === 1 ? "" : "s"}`;
